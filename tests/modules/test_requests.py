"""What is said wrong, or too much of it, harms nothing but itself."""

import pytest
from fixtures import *  # noqa: F401, F403
from fixtures import AWAY, MEETING, Client, befriend, wait_last
from peer import NS, condition, failures, overlay

MOMENT = "2030-01-01T00:00:00Z"


@pytest.fixture
def reasons(peer, desk):
    """reasons(person) says why a bad person beside a good one is refused; the good one is
    laid upon."""
    at_alice, at_bob = desk

    def lay(person):
        peer.take(at_alice.jid)
        found = failures(peer.lay(person, overlay(at_alice.jid, *AWAY)))
        wait_last(at_bob, at_alice.full_jid, AWAY)
        return list(found.values())

    return lay


@pytest.mark.parametrize("jid", [
    "", "@", "example.test", "x@elsewhere.test", "x@example.test/laptop", "x@meet.example.test"])
def test_a_jid_that_is_no_user_here_fails_alone(reasons, jid):
    assert reasons(f"<person jid='{jid}' show='dnd' until='{MOMENT}'/>") == ["jid"]


def test_a_person_without_a_jid_fails_alone(reasons):
    assert reasons("<person/>") == ["jid"]


@pytest.mark.parametrize("show", ["", "asleep", "available", "DND"])
def test_a_show_that_is_none_fails_alone(reasons, show):
    assert reasons(f"<person jid='x@example.test' show='{show}' until='{MOMENT}'/>") == ["show"]


@pytest.mark.parametrize("until", ["", "soon", "2030-01-01"])
def test_a_moment_that_is_none_fails_alone(reasons, until):
    assert reasons(f"<person jid='x@example.test' show='dnd' until='{until}'/>") == ["until"]
    assert reasons("<person jid='x@example.test' show='dnd'/>") == ["until"]


def test_a_text_of_1024_bytes_fails_alone_one_of_1023_does_not(reasons):
    good, bad = (overlay("x@example.test", "dnd", "x" * n) for n in (1023, 1024))
    assert reasons(good) == []
    assert reasons(bad) == ["status"]


def test_51_texts_fail_50_do_not(reasons):
    good, bad = (
        overlay("x@example.test", "dnd", texts={f"a{chr(97 + k % 26)}{chr(97 + k // 26)}": "x" for k in range(n)})
        for n in (50, 51)
    )
    assert reasons(good) == []
    assert reasons(bad) == ["status"]


def test_what_is_no_person_is_passed_over(reasons):
    assert reasons("<nonsense/>text") == []


def test_500_persons_are_taken_501_are_refused(peer):
    persons = [overlay(f"ghost{n}@example.test", "dnd") for n in range(501)]
    assert failures(peer.lay(*persons[:500])) == {}
    assert condition(peer.lay(*persons)) == "policy-violation"


@pytest.mark.parametrize("name", ["o\\27neil", "山田", "a.b-c_d", "müller"])
def test_names_of_all_kinds_are_laid_upon(server, peer, desk, name):
    _, at_bob = desk
    server.add_user(name)
    client = Client(server.client_port, name)
    client.present()
    befriend(client, at_bob)
    peer.put(client.jid, *MEETING)
    wait_last(at_bob, client.full_jid, MEETING)
    client.close()


def test_capitals_in_a_name_are_the_same_person(peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid.upper(), *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)


@pytest.mark.parametrize("kind, payload", [
    ("set", f"<nonsense xmlns='{NS}'/>"),
    ("get", f"<overlays xmlns='{NS}'/>"),
    ("get", f"<hello xmlns='{NS}'/>"),
    ("set", f"<sees xmlns='{NS}' jid='x@example.test'/>"),
    ("get", f"<sees xmlns='{NS}' jid='x@elsewhere.test'/>"),
    ("get", f"<sees xmlns='{NS}'/>"),
])
def test_a_request_that_is_none_is_refused(peer, kind, payload):
    assert condition(peer.iq(kind, payload)) in ("service-unavailable", "bad-request")
    assert condition(peer.lay()) == "result"
