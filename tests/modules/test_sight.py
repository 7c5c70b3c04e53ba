"""Who may see whom: contacts who come, go, are blocked, and what the component is told of it."""

import pytest
from fixtures import *  # noqa: F401, F403
from fixtures import AWAY, DESK, MEETING, befriend, heard, person, wait_last


@pytest.fixture
def meeting(peer, desk):
    """alice in a meeting, bob who sees it, and the component."""
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    return at_alice, at_bob


@pytest.fixture
def edges(peer, people, login):
    """edges(client) has one of her meetings end and another begin, and returns when all of
    her contacts have been told: somebody who sees her is the witness."""

    def pass_by(at_alice):
        witness = login(people("witness")).present()
        befriend(at_alice, witness)
        for view in (DESK, AWAY, DESK, MEETING):
            peer.put(at_alice.jid, *(view if view != DESK else ()))
            wait_last(witness, at_alice.full_jid, view)

    return pass_by


def test_a_contact_approved_in_a_meeting_sees_the_meeting_alone(meeting, people, login):
    at_alice, _ = meeting
    at_carol = login(people("carol")).present()
    at_carol.subscribe(at_alice.jid)
    at_alice.present(status=DESK[1], to=at_carol.jid)  # as some clients greet
    at_alice.approve(at_carol.jid)
    wait_last(at_carol, at_alice.full_jid, MEETING)
    at_carol.settle()
    views = [v for v in heard(at_carol, at_alice.jid) if isinstance(v, tuple)]
    assert MEETING in views and set(views) <= {MEETING, DESK}


def test_a_contact_who_comes_sees_the_meeting_alone(meeting, login):
    at_alice, at_bob = meeting
    tablet = login(person(at_bob), "tablet").present()
    wait_last(tablet, at_alice.full_jid, MEETING)
    tablet.probe(at_alice.jid)
    tablet.settle()
    assert set(heard(tablet, at_alice.jid)) == {MEETING}


def test_who_is_removed_hears_no_more(meeting, edges):
    at_alice, at_bob = meeting
    at_alice.remove(at_bob.jid)
    at_alice.settle()
    at_bob.settle()
    mark = at_bob.presences.mark()
    edges(at_alice)
    at_bob.settle()
    assert heard(at_bob, at_alice.full_jid, mark) == []


@pytest.mark.parametrize("who", ["he", "she"])
def test_who_sees_her_no_longer_hears_no_more(meeting, edges, who):
    at_alice, at_bob = meeting
    if who == "he":
        at_bob.unsubscribe(at_alice.jid)
    else:
        at_alice.revoke(at_bob.jid)
    at_alice.settle()
    at_bob.settle()
    mark = at_bob.presences.mark()
    edges(at_alice)
    at_bob.settle()
    assert heard(at_bob, at_alice.full_jid, mark) == []


def test_who_is_blocked_hears_no_more_until_he_is_unblocked(peer, meeting, edges):
    at_alice, at_bob = meeting
    at_alice.block(at_bob.jid)
    at_alice.settle()
    at_bob.settle()
    mark, own = at_bob.presences.mark(), at_alice.presences.mark()
    edges(at_alice)
    at_bob.settle()
    assert heard(at_bob, at_alice.full_jid, mark) == []
    assert not [p for p in at_alice.presences.items(own) if p.type == "error"]
    at_alice.unblock(at_bob.jid)
    peer.take(at_alice.jid)
    wait_last(at_bob, at_alice.full_jid, DESK, mark)


def test_who_may_see_whom_is_answered(peer, desk, people, login):
    at_alice, at_bob = desk
    watchers = [at_bob.jid, people("carol").jid, at_bob.full_jid, "nobody@elsewhere.test", "@@"]
    assert peer.sees(at_alice.jid, *watchers) == [True, False, True, False, False]
    assert peer.sees("nobody@example.test", at_bob.jid) == [False]


def test_each_change_of_who_sees_her_is_pushed(peer, desk, people, login):
    at_alice, at_bob = desk
    at_carol = login(people("carol")).present()
    assert peer.sees(at_alice.jid, at_bob.jid, at_carol.jid) == [True, False]
    for act, watcher, value in (
        (lambda: befriend(at_alice, at_carol), at_carol, "true"),
        (lambda: at_alice.block(at_bob.jid), at_bob, "blocked"),
        (lambda: at_alice.unblock(at_bob.jid), at_bob, "true"),
        (lambda: at_carol.unsubscribe(at_alice.jid), at_carol, "false"),
        (lambda: at_alice.remove(at_bob.jid), at_bob, "false"),
        (lambda: befriend(at_alice, at_bob), at_bob, "true"),
        (lambda: at_alice.revoke(at_bob.jid), at_bob, "false"),
        (lambda: at_alice.block(at_bob.jid), at_bob, "blocked"),
    ):
        mark = len(peer.feed())
        act()
        peer.wait_sees(at_alice.jid, watcher.jid, value, mark)


def test_a_change_while_she_is_offline_is_pushed(peer, desk):
    at_alice, at_bob = desk
    at_alice.close()
    peer.wait_feed(lambda: at_alice.full_jid not in peer.clients())
    assert peer.sees(at_alice.jid, at_bob.jid) == [True]
    at_bob.unsubscribe(at_alice.jid)
    peer.wait_sees(at_alice.jid, at_bob.jid, "false")


def test_whose_account_is_deleted_is_gone_and_seen_by_nobody(server, peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    assert peer.sees(at_alice.jid, at_bob.jid) == [True]
    server.delete_user(person(at_alice).name)
    peer.wait_sees(at_alice.jid, at_bob.jid, "false")
    peer.wait_feed(lambda: at_alice.full_jid not in peer.clients())
    assert peer.sees(at_alice.jid, at_bob.jid) == [False]
