"""A component that dies, comes back, stays away or falls silent; two components."""

import threading
from contextlib import contextmanager
from dataclasses import replace

from fixtures import *  # noqa: F401, F403
from fixtures import AWAY, DESK, MEETING, MODULE, heard, wait_last
from peer import condition, overlay

OTHER = "meet2.example.test"
OPTIONS = replace(MODULE, lease_s=2, components=(OTHER,))


@contextmanager
def alive(peer):
    """Has it say something all the time."""
    over = threading.Event()

    def speak():
        while not over.wait(0.5):
            peer.lay()

    thread = threading.Thread(target=speak)
    thread.start()
    yield
    over.set()
    thread.join()


def test_overlays_of_one_that_went_are_taken_away_after_the_lease(peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    peer.close()
    wait_last(at_bob, at_alice.full_jid, DESK)


def test_overlays_of_one_that_is_silent_are_taken_away_after_the_lease(peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    wait_last(at_bob, at_alice.full_jid, DESK)
    assert condition(peer.lay()) == "unexpected-request"
    peer.hello()
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)


def test_one_that_comes_back_in_time_sends_no_stanza(join, peer, desk):
    at_alice, at_bob = desk
    peer.lay(overlay(at_alice.jid, *MEETING), overlay(at_bob.jid, *AWAY))
    wait_last(at_bob, at_alice.full_jid, MEETING)
    mark = at_bob.presences.mark()
    peer.close()
    again = join()
    with alive(again):
        again.lay(overlay(at_alice.jid, *MEETING), complete=True)
        at_bob.settle()
        again.take(at_alice.jid)
        assert wait_last(at_bob, at_alice.full_jid, DESK, mark) == [DESK]


def test_what_is_not_said_again_after_a_hello_is_taken_away(join, peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    peer.hello()
    peer.lay(complete=True)
    wait_last(at_bob, at_alice.full_jid, DESK)


def test_one_that_is_allowed_no_longer_loses_its_overlays_and_hears_no_more(
        server, join, desk):
    at_alice, at_bob = desk
    other = join(OTHER)
    with alive(other):
        other.put(at_alice.jid, *MEETING)
        wait_last(at_bob, at_alice.full_jid, MEETING)
        server.reload(replace(OPTIONS, components=(), strangers=(OTHER,)))
        wait_last(at_bob, at_alice.full_jid, DESK)
        assert condition(other.lay()) == "forbidden"
        count = len(other.feed())
        at_alice.present("away", "coffee").settle()
        other.lay()
        assert other.feed()[count:] == []
    server.reload(OPTIONS)


def test_each_component_has_its_own_overlays_feed_and_lease(join, peer, desk, people, contacts):
    at_alice, at_bob = desk
    at_carol, at_dave = contacts(people("carol"), people("dave"))
    other = join(OTHER)
    with alive(peer):
        peer.put(at_alice.jid, *MEETING)
        other.put(at_carol.jid, *AWAY)
        wait_last(at_bob, at_alice.full_jid, MEETING)
        wait_last(at_dave, at_carol.full_jid, AWAY)
        mark = at_bob.presences.mark()
        other.take(at_alice.jid)
        other.put(at_alice.jid, *AWAY, until=-5)
        other.lay(complete=True)
        other.close()
        wait_last(at_dave, at_carol.full_jid, ("available", ""))
        at_bob.settle()
        assert heard(at_bob, at_alice.full_jid, mark) == []
        peer.take(at_alice.jid)
        wait_last(at_bob, at_alice.full_jid, DESK, mark)
        assert at_alice.full_jid in peer.clients()
