"""Sessions whose connection is lost and resumed (XEP-0198), inactive ones, copies."""

from fixtures import *  # noqa: F401, F403
from fixtures import DESK, MEETING, heard, person, wait_last
from peer import name, overlay


def managed(people, login, contacts):
    alice, bob = people("alice"), people("bob")
    first, _ = contacts(alice, bob)
    first.close()
    at_alice = login(alice, "managed", managed=True).present(status=DESK[1])
    at_bob = login(bob, "managed", managed=True).present()
    wait_last(at_bob, at_alice.full_jid, DESK)
    return at_alice, at_bob


def test_she_is_laid_upon_while_her_connection_is_lost(peer, people, login, contacts):
    at_alice, at_bob = managed(people, login, contacts)
    mark = at_bob.presences.mark()
    at_alice.cut()
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING, mark)
    count, own = len(peer.feed()), at_alice.presences.mark()
    at_alice.resume()
    at_alice.settle()
    assert heard(at_alice, at_alice.jid, own) == []
    assert [e for e in peer.feed()[count:] if at_alice.jid in e.get("jid", "")] == []
    at_alice.present("away", "back")
    peer.wait_feed(lambda: peer.clients()[at_alice.full_jid] == ("away", {"en": "back"}, 0))
    peer.take(at_alice.jid)
    views = wait_last(at_bob, at_alice.full_jid, ("away", "back"), mark)
    assert views == [MEETING, MEETING, ("away", "back")]
    assert "gone" not in [name(e) for e in peer.feed() if e.get("jid") == at_alice.full_jid]


def test_he_gets_what_he_missed_while_his_connection_was_lost(peer, people, login, contacts):
    at_alice, at_bob = managed(people, login, contacts)
    at_bob.cut()
    peer.put(at_alice.jid, *MEETING)
    at_bob.resume()
    wait_last(at_bob, at_alice.full_jid, MEETING)


def test_an_edge_while_she_resumes_is_seen(peer, people, login, contacts):
    at_alice, at_bob = managed(people, login, contacts)
    for view in (MEETING, DESK) * 4:
        at_alice.cut()
        laid = () if view == DESK else view
        sent = peer.ask_overlays(overlay(at_alice.jid, *laid))
        at_alice.resume()
        peer.answer(sent)
        wait_last(at_bob, at_alice.full_jid, view)
        tablet = login(person(at_bob), "tablet").present()
        wait_last(tablet, at_alice.full_jid, view)
        tablet.close()


def test_an_inactive_client_is_right_once_it_is_active(peer, desk, login):
    at_alice, at_bob = desk
    second = login(person(at_bob), "second").present()
    second.iq("set", None, "<enable xmlns='urn:xmpp:carbons:2'/>")
    at_bob.send_raw("<inactive xmlns='urn:xmpp:csi:0'/>")
    for view in MEETING, DESK, MEETING:
        peer.put(at_alice.jid, *(() if view == DESK else view))
        wait_last(second, at_alice.full_jid, view)
    at_alice.say(at_bob.full_jid, "hello")
    second.messages.wait(lambda m: m.find("{urn:xmpp:carbons:2}received") is not None)
    at_bob.send_raw("<active xmlns='urn:xmpp:csi:0'/>")
    wait_last(at_bob, at_alice.full_jid, MEETING)
