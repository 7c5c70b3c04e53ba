"""The same thing happens over and over, at any moment: kills, reloads, the module reloaded.
Watchers in both modes see what is so, and nothing else on the way."""

import time

import pytest

from calendars import soon
from calpresence import is_ready
from record import poll
from server import MODULE
from test_meetings import MEETING

OPTIONS = MODULE
OWN = ("away", "At lunch")
# How far a start has come, by what the log says.
MOMENTS = ["calpresence starts", "connected to the server", "mod_calpresence.*answers",
           "a gateway starts", "a gateway answers"]


@pytest.fixture
def daemon(calpresence):
    return calpresence(publish={"modes": ["user", "component"]}).run()


@pytest.fixture
def pair(daemon, people, contacts):
    """alice, who shows OWN, her client, and that of bob, who sees that at both addresses."""
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_alice.present(*OWN)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    at_bob.wait_seen(alice.contact, *OWN)
    return alice, at_alice, at_bob


def changes(at_bob, sender, mark):
    """What he saw of her, one after the other, without what repeats it."""
    seen = [OWN]
    for presence in at_bob.presences.items(mark):
        view = (presence.show, presence.status)
        if presence.sender == sender and view != seen[-1]:
            seen.append(view)
    return seen[1:]


def test_it_is_killed_at_every_moment(daemon, exchange, pair):
    alice, at_alice, at_bob = pair
    mark = at_bob.presences.mark()
    for moment in MOMENTS:
        daemon.kill9()
        meeting = exchange.add(alice.mailbox, soon(-60), soon(3600))
        daemon.start()
        daemon.wait_log(moment)
        daemon.kill9()
        daemon.start()
        at_bob.wait_seen(at_alice.full_jid, *MEETING)
        at_bob.wait_seen(alice.contact, *MEETING)
        daemon.kill9()
        exchange.cancel(meeting)
        daemon.start()
        daemon.wait_log(moment)
        daemon.kill9()
        daemon.start()
        at_bob.wait_seen(at_alice.full_jid, *OWN)
        at_bob.wait_seen(alice.contact, *OWN)
    daemon.wait_status(is_ready)
    at_bob.settle()
    assert changes(at_bob, at_alice.full_jid, mark) == [MEETING, OWN] * len(MOMENTS)


def is_reloaded(status, generation):
    return (status["generation"] > generation and is_ready(status)
            and status["domains"][0]["synced"])


def test_no_edge_is_lost_or_doubled_among_reloads(daemon, exchange, pair):
    alice, at_alice, at_bob = pair
    start = soon(4)
    for k in range(3):
        exchange.add(alice.mailbox, start + 4 * k, start + 4 * k + 2)
    daemon.wait_why(alice.jid, lambda why: why["calendar"]["next_edge"] == start)
    mark = at_bob.presences.mark()
    while time.time() < start + 11:
        generation = daemon.status()["generation"]
        daemon.sighup()
        daemon.wait_status(lambda s, g=generation: is_reloaded(s, g), "a reload")
    for sender in at_alice.full_jid, f"{alice.contact}/calendar":
        poll(lambda sender=sender: changes(at_bob, sender, mark) == [MEETING, OWN] * 3,
             what=f"the edges of {sender}")


def test_the_module_is_reloaded(server, exchange, pair, login):
    alice, at_alice, at_bob = pair
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    at_bob.wait_seen(alice.contact, *MEETING)
    mark = at_bob.presences.mark()
    for i in range(4):
        server.reload_module()
        at_alice.present("xa", f"For the {i}. time")
    at_phone = login(alice, "phone").present("chat")
    at_bob.wait_seen(at_phone.full_jid, *MEETING)
    exchange.clear(alice.mailbox)
    at_bob.wait_seen(at_alice.full_jid, "xa", "For the 3. time")
    at_bob.wait_seen(at_phone.full_jid, "chat")
    at_bob.wait_seen(alice.contact, "chat")
    assert changes(at_bob, at_alice.full_jid, mark) == [MEETING, ("xa", "For the 3. time")]
