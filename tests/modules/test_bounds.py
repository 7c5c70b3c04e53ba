"""Many people, many contacts, much that is asked: the server stays there for the others."""

import itertools

import pytest
from fixtures import *  # noqa: F401, F403
from fixtures import DESK, MEETING, Person, befriend, wait_last
from peer import NS, failures, overlay
from raw import RawClient
from server import DOMAIN

PEOPLE, CONTACTS = 300, 50
_crowds = itertools.count(1)


@pytest.fixture
def crowd(server, people):
    """300 people online, each with 50 contacts: 49 of them and a watcher, who sees them
    all; what comes is the watcher."""
    prefix = f"p{next(_crowds)}x"
    jids = [f"{prefix}{n}@{DOMAIN}" for n in range(PEOPLE)]
    watcher = people("watcher")
    server.add_people({
        jid.partition("@")[0]:
            [jids[(n + d) % PEOPLE] for d in range(1, CONTACTS)] + [watcher.jid]
        for n, jid in enumerate(jids)
    })
    clients = [RawClient(server.client_port, jid.partition("@")[0]) for jid in jids]
    for client in clients:
        client.send("<presence/>")
    yield jids, watcher
    for client in clients:
        client.close()


def test_a_bystander_is_answered_while_300_meetings_begin_before_50_contacts(
        peer, crowd, people, login):
    jids, watcher = crowd
    peer.wait_feed(lambda: set(jids) <= {j.partition("/")[0] for j in peer.clients()})
    bystander, at_watcher = login(people("bystander")).present(), login(watcher).present()
    bystander.settle()

    def edge(laid, view):
        """How many of them the watcher had seen when the bystander, who asked at the first,
        was answered."""
        mark = at_watcher.presences.mark()

        def seen():
            return [p for p in at_watcher.presences.items(mark) if p.show == view]

        sent = peer.ask_overlays(*(overlay(jid, *laid) for jid in jids))
        at_watcher.presences.wait_until(seen, what="the first of them")
        bystander.settle()
        count = len(seen())
        assert failures(peer.answer(sent)) == {}
        at_watcher.presences.wait_until(lambda: len(seen()) == PEOPLE, what="the last of them")
        return count

    # Where this process sleeps through an edge, the next ones have their say.
    assert any(
        edge(laid, view) < PEOPLE for laid, view in [(MEETING, "dnd"), ((), "available")] * 4
    )


def test_20000_contacts_are_told_and_asked_about(server, peer, people, login):
    name = f"known{next(_crowds)}"
    server.add_people({name: [f"c{n}@{DOMAIN}" for n in range(20000)]})
    alice, at_bob = login(Person(name)), login(people("bob")).present()
    alice.present(status=DESK[1])
    befriend(alice, at_bob)
    wait_last(at_bob, alice.full_jid, DESK)
    peer.put(alice.jid, *MEETING)
    wait_last(at_bob, alice.full_jid, MEETING)
    contacts = [f"c{n}@{DOMAIN}" for n in range(0, 20000, 50)]
    assert peer.sees(alice.jid, *contacts, "c20000@example.test") == [True] * 400 + [False]


def test_50000_overlays_are_taken_the_next_is_refused_alone(peer, desk):
    at_alice, at_bob = desk
    sent = [
        peer.ask_overlays(*(overlay(f"g{n}@{DOMAIN}", "dnd", texts={}) for n in range(k, k + 500)))
        for k in range(0, 50_000, 500)
    ]
    for ident in sent:
        assert failures(peer.answer(ident)) == {}
    assert set(failures(peer.lay(overlay(at_alice.jid, *MEETING))).values()) == {"full"}
    peer.put(f"g7@{DOMAIN}", *MEETING)
    peer.take(f"g7@{DOMAIN}")
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)


def test_200000_answers_are_kept_the_next_is_given_once(peer, desk, people):
    at_alice, at_bob = desk
    sent = [
        peer.ask("get", f"<sees xmlns='{NS}' jid='{at_alice.jid}'>"
                 + "".join(f"<watcher jid='w{n}@{DOMAIN}'/>" for n in range(k, k + 500)) + "</sees>")
        for k in range(0, 200_000, 500)
    ]
    for ident in sent:
        assert not [w for w in peer.answer(ident).iter() if w.get("once")]
    ident = peer.ask("get", f"<sees xmlns='{NS}' jid='{at_alice.jid}'><watcher jid='{at_bob.jid}'/></sees>")
    watcher = peer.answer(ident)[0][0]
    assert (watcher.get("sees"), watcher.get("once")) == ("true", "true")
    peer.hello()
    assert peer.sees(at_alice.jid, at_bob.jid) == [True]
    at_bob.unsubscribe(at_alice.jid)
    peer.wait_sees(at_alice.jid, at_bob.jid, "false")
