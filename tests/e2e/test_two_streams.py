"""Another stream of the component's name, among which ejabberd deals out what is for it."""

import pytest

from conftest import only
from test_meetings import watched

pytestmark = only("ejabberd")  # Prosody lets in one stream


def shared(status):
    return status["link"]["shared"]


def whole(status):
    return not shared(status) and status["link"]["state"] == "up"


@pytest.fixture
def half_dead(component):
    """A stream that takes its share and does nothing with it."""
    return component().wait_up()


def test_it_is_found_said_and_healed(
    calpresence, exchange, half_dead, people, contacts
):
    daemon = calpresence().start()
    line = daemon.wait_log("warning.*another stream.*end ")
    assert "meet.example.test" in line
    status = daemon.wait_status(shared, "the other stream")
    assert 0 < status["link"]["lost_percent"] < 100
    done = daemon.command("status")
    assert done.returncode == 1
    assert "another stream has our name" in done.stdout
    half_dead.close()
    daemon.wait_status(whole, "the end of it")
    daemon.wait_log("info.*comes here again")
    assert daemon.output().count("another stream") == 1
    # The server took our privileges with it, and says them only to a stream that begins.
    daemon.wait_status(lambda s: s["domains"][0]["roster"], "the privileges", 60)
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = watched(alice, contacts(alice, bob))
    at_alice.present("away", "At lunch")
    at_bob.wait_seen(alice.contact, "away", "At lunch")


def test_a_second_calpresence_is_named(calpresence):
    first = calpresence().run()
    second = calpresence().start()
    for one in first, second:
        one.wait_log("warning.*another stream", 90)
    second.wait_log("warning.*second calpresence")
    first.stop()
    second.wait_status(whole, "the end of it")
