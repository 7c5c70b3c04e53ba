"""The server restarts; the module is reloaded, unloaded and loaded while it runs."""

from fixtures import *  # noqa: F401, F403
from fixtures import DESK, MEETING, heard, person, wait_last
from peer import NS, condition, name


def test_a_restart_of_the_server_forgets_overlays_and_hello_begins_anew(
        server, join, peer, desk, login):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    for client in desk:
        client.cut()
    server.stop()
    server.start()
    at_alice, at_bob = login(person(at_alice)), login(person(at_bob)).present()
    at_alice.present(status=DESK[1])
    wait_last(at_bob, at_alice.full_jid, DESK)
    again = join()
    assert set(again.clients()) == {at_alice.full_jid, at_bob.full_jid}
    again.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)


def test_a_reload_of_the_module_is_not_seen(server, peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    mark = at_bob.presences.mark()
    server.reload_module()
    assert condition(peer.lay()) == "result"
    at_alice.present("away", "coffee")
    wait_last(at_bob, at_alice.full_jid, MEETING, mark)
    peer.wait_feed(lambda: peer.clients()[at_alice.full_jid][0] == "away")
    peer.take(at_alice.jid)
    coffee = ("away", "coffee")
    assert wait_last(at_bob, at_alice.full_jid, coffee, mark) == [MEETING, coffee]


def test_an_overlay_ends_in_time_after_a_reload(server, peer, desk):
    at_alice, at_bob = desk
    mark = at_bob.presences.mark()
    peer.put(at_alice.jid, *MEETING, until=3)
    server.reload_module()
    assert wait_last(at_bob, at_alice.full_jid, DESK, mark) == [MEETING, DESK]


def test_without_the_module_contacts_see_her_own_words_at_once(server, peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    server.unload_module()
    try:
        wait_last(at_bob, at_alice.full_jid, DESK)
        peer.wait_feed(lambda: "bye" in map(name, peer.feed()), "<bye/>")
        assert condition(peer.lay()) in ("service-unavailable", "feature-not-implemented")
        at_alice.present("xa", "far")
        wait_last(at_bob, at_alice.full_jid, ("xa", "far"))
    finally:
        server.load_module()
    peer.hello()
    assert peer.clients()[at_alice.full_jid] == ("xa", {"en": "far"}, 0)
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    assert heard(at_bob, at_alice.full_jid).count(MEETING) == 2


def test_one_that_says_that_it_goes_is_waited_for_only_so_long(peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    assert condition(peer.iq("set", f"<overlays xmlns='{NS}' lease='1'/>")) == "result"
    peer.close()
    wait_last(at_bob, at_alice.full_jid, DESK)
