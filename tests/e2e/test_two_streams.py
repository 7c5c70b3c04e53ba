"""Another stream of the component's name, among which ejabberd deals out what is for it."""

import pytest

from calendars import soon
from conftest import only
from record import poll
from test_meetings import MEETING

pytestmark = only("ejabberd")  # Prosody lets in one stream


def shared(status):
    return status["link"]["shared"]


def whole(status):
    return not shared(status) and status["link"]["state"] == "up"


@pytest.fixture
def half_dead(component):
    """A stream that takes its share and does nothing with it."""
    return component().wait_up()


def test_it_is_found_said_and_healed(calpresence, half_dead):
    daemon = calpresence().start()
    line = daemon.wait_log("warning.*another stream.*end ")
    assert "meet.example.test" in line
    status = daemon.wait_status(shared, "the other stream")
    assert 0 < status["link"]["lost_percent"] < 100
    assert "another stream has our name" in daemon.command("status").stdout
    half_dead.close()
    daemon.wait_status(whole, "the end of it")
    daemon.wait_log("info.*comes here again")
    assert daemon.output().count("another stream") == 1


def test_a_second_calpresence_is_named(calpresence):
    first = calpresence().run()
    second = calpresence().start()
    for one in first, second:
        one.wait_log("warning.*another stream", 90)
    second.wait_log("warning.*second calpresence")
    first.stop()
    second.wait_status(whole, "the end of it")


def test_all_is_granted_in_the_end(calpresence, half_dead):
    """The server says only once a stream what it grants, maybe to the other one."""
    daemon = calpresence(publish={"modes": ["user"], "ignore_blocking": True}).start()
    daemon.wait_status(lambda s: s["domains"][0]["user_mode"], "user mode", 90)
    assert half_dead.stanzas.items()


def test_what_is_missed_is_made_up_for(
    calpresence, exchange, people, contacts, half_dead, login
):
    daemon = calpresence(publish={"watchers": "domain"}).start()
    daemon.wait_status(lambda s: s["domains"][0]["source"] == "privilege", "", 90)
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob = login(bob).present()
    at_alice = login(alice).present()
    daemon.wait_status(shared, "the other stream")

    def is_watched():
        """People try again, too, until they are heard."""
        at_bob.subscribe(alice.contact)
        at_alice.present("away")
        why = daemon.why(alice.jid)
        return why and why["watchers"] and why["resources"]

    poll(is_watched, 60, "a watcher")
    at_bob.wait_seen(alice.contact, *MEETING)
    at_bob.close()
    at_phone = login(bob, "phone").present()  # its probe may be swallowed
    half_dead.close()
    at_phone.wait_seen(alice.contact, *MEETING, 60)
