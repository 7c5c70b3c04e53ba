"""User mode: the overlay on a person's own JID, on Prosody, which has what it needs."""

import time

import pytest

from calendars import soon
from client import bare
from conftest import only
from record import poll
from test_meetings import MEETING, assert_on_time

pytestmark = only("prosody")


@pytest.fixture
def publish():
    """More options of `publish`: a test sets them by a parameter of this name."""
    return {}


@pytest.fixture
def daemon(calpresence, publish):
    one = calpresence(publish={"modes": ["user"], **publish}).run()
    one.wait_status(lambda s: s["domains"][0]["trusted"] == "yes", "trust")
    return one


@pytest.fixture
def pair(daemon, people, contacts, login):
    """alice, bob and their clients. No server tells a component of a new contact: her roster
    is read when she logs in."""
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_alice.close()
    at_alice = login(alice).present("away", "At lunch", 5)
    at_bob.wait_seen(at_alice.full_jid, "away", "At lunch")
    return alice, bob, at_alice, at_bob


def test_the_overlay_comes_and_goes(exchange, pair):
    alice, _, at_alice, at_bob = pair
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    overlay = at_bob.wait_seen(at_alice.full_jid, *MEETING)
    assert_on_time(overlay, start)
    assert overlay.priority == 5
    original = at_bob.wait_seen(at_alice.full_jid, "away", "At lunch")
    assert_on_time(original, start + 2)
    assert original.priority == 5


def test_nobody_else_hears_of_it(exchange, pair, people, login):
    alice, _, at_alice, at_bob = pair
    at_carol = login(people("carol")).present()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    at_carol.settle()
    at_alice.settle()
    assert not at_carol.seen(alice.jid)
    assert "dnd" not in [p.show for p in at_alice.presences.items()]


def test_children_of_her_presence_are_kept(exchange, pair):
    alice, _, at_alice, at_bob = pair
    caps = (
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1'"
        " node='http://client.example' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>"
    )
    at_alice.send_raw(f"<presence><status xml:lang='de'>Da</status>{caps}</presence>")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    overlay = at_bob.wait_seen(at_alice.full_jid, *MEETING)
    kept = overlay.xml.find("{http://jabber.org/protocol/caps}c")
    assert kept is not None and kept.get("node") == "http://client.example"


def test_her_own_change_is_overlaid_again(exchange, pair):
    alice, _, at_alice, at_bob = pair
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    mark = at_bob.presences.mark()
    at_alice.present("xa", "Far away")
    at_bob.wait_presence(lambda p: p.status == "Far away", after=mark)
    at_bob.wait_presence(lambda p: (p.show, p.status) == MEETING, after=mark)
    at_bob.wait_seen(at_alice.full_jid, *MEETING)


def test_a_contact_who_comes_online_is_greeted(exchange, pair, login):
    alice, bob, at_alice, at_bob = pair
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    at_phone = login(bob, "phone").present()
    at_phone.wait_seen(at_alice.full_jid, *MEETING)


def test_a_login_into_a_meeting(exchange, pair, login):
    alice, _, at_alice, at_bob = pair
    at_alice.close()
    at_bob.wait_seen(at_alice.full_jid, "unavailable")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_phone = login(alice, "phone").present()
    at_bob.wait_seen(at_phone.full_jid, *MEETING)


@pytest.mark.parametrize("end", ["leave", "close", "cut"])
def test_a_client_that_leaves_leaves_no_ghost(exchange, pair, end):
    alice, _, at_alice, at_bob = pair
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    mark = at_bob.presences.mark()
    getattr(at_alice, end)()
    at_bob.wait_seen(at_alice.full_jid, "unavailable")
    at_bob.settle()
    late = [p for p in at_bob.presences.items(mark) if bare(p.sender) == alice.jid]
    assert {p.type for p in late} == {"unavailable"}


def test_every_client_of_hers_is_overlaid(exchange, pair, login):
    alice, _, at_alice, at_bob = pair
    at_phone = login(alice, "phone").present(None, "Mobile", -1)
    at_bob.wait_seen(at_phone.full_jid, "available", "Mobile")
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    assert at_bob.wait_seen(at_phone.full_jid, *MEETING).priority == -1
    at_bob.wait_seen(at_alice.full_jid, "away", "At lunch")
    at_bob.wait_seen(at_phone.full_jid, "available", "Mobile")


@pytest.mark.parametrize("publish", [{"roster_max_age": 1}], ids=["fresh lists"])
def test_who_is_blocked_hears_nothing(exchange, pair):
    alice, bob, at_alice, at_bob = pair
    at_alice.block(bob.jid)
    at_bob.wait_seen(at_alice.full_jid, "unavailable")
    mark = at_bob.presences.mark()
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    poll(lambda: time.time() > start + 2, what="the end of the meeting")
    at_bob.settle()
    assert "dnd" not in [p.show for p in at_bob.presences.items(mark)]


def test_sigterm_gives_the_original_back(daemon, exchange, pair):
    alice, _, at_alice, at_bob = pair
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    daemon.stop()
    at_bob.wait_seen(at_alice.full_jid, "away", "At lunch")


def test_a_crash_is_repaired_after_the_meeting(daemon, exchange, pair):
    alice, _, at_alice, at_bob = pair
    end = soon(5)
    exchange.add(alice.mailbox, soon(-60), end)
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    daemon.kill9()
    poll(lambda: time.time() > end, what="the end of the meeting")
    assert at_bob.seen(at_alice.full_jid).show == "dnd"
    daemon.run()
    at_bob.wait_seen(at_alice.full_jid, "away", "At lunch")


def test_a_crash_leaves_no_ghost(daemon, exchange, pair):
    alice, _, at_alice, at_bob = pair
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    daemon.kill9()
    at_alice.close()
    at_bob.wait_seen(at_alice.full_jid, "unavailable")
    daemon.run()
    at_bob.settle()
    assert at_bob.seen(at_alice.full_jid).type == "unavailable"


def test_a_crash_during_a_meeting_goes_on(daemon, exchange, pair):
    alice, _, at_alice, at_bob = pair
    start = soon(3600)
    exchange.add(alice.mailbox, soon(-60), start)
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    daemon.kill9()
    daemon.run()
    daemon.wait_calendar(alice.jid, "busy")
    at_alice.present("away", "Again")
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
