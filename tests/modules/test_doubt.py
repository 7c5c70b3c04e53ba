"""What makes the server look again at who sees whom: no more than what may have changed."""

from dataclasses import replace

import pytest
from fixtures import *  # noqa: F401, F403
from fixtures import MODULE, befriend
from peer import name
from server import DOMAIN

OPTIONS = replace(MODULE, rosters="moody")


@pytest.mark.parametrize("server", ["ejabberd"], indirect=True, scope="module")
def test_a_subscription_stanza_puts_its_own_two_in_doubt_alone(server, peer, desk, people, login):
    at_alice, at_bob = desk
    at_carol = login(people("carol")).present()
    befriend(at_alice, at_carol)
    assert peer.sees(at_alice.jid, at_bob.jid, at_carol.jid) == [True, True]
    # What there was to look at before has been looked at when this has come and gone.
    at_alice.block(DOMAIN)
    for who in (at_bob, at_carol):
        peer.wait_sees(at_alice.jid, who.jid, "blocked")
    mark = len(peer.feed())
    at_alice.unblock(DOMAIN)
    for who in (at_bob, at_carol):
        peer.wait_sees(at_alice.jid, who.jid, "true", mark)
    mark = len(peer.feed())
    lost = server.folder / "spool/lost"
    lost.write_text(at_carol.jid, encoding="utf-8")  # which nobody is told of
    at_bob.unsubscribe(at_alice.jid)
    peer.wait_sees(at_alice.jid, at_bob.jid, "false", mark)
    assert peer.sees(at_alice.jid, at_carol.jid) == [False]
    lost.unlink()
    assert [w.get("jid") for e in peer.feed()[mark:] if name(e) == "sees" for w in e] == [at_bob.jid]


def test_a_block_of_a_domain_puts_all_of_its_people_in_doubt(peer, desk):
    at_alice, at_bob = desk
    assert peer.sees(at_alice.jid, at_bob.jid) == [True]
    at_alice.block(DOMAIN)
    peer.wait_sees(at_alice.jid, at_bob.jid, "blocked")
    at_alice.unblock(DOMAIN)
    peer.wait_sees(at_alice.jid, at_bob.jid, "true", len(peer.feed()) - 1)


def test_a_watcher_is_known_by_his_bare_jid(peer, desk):
    at_alice, at_bob = desk
    assert peer.sees(at_alice.jid, at_bob.full_jid) == [True]
    at_bob.unsubscribe(at_alice.jid)
    peer.wait_sees(at_alice.jid, at_bob.jid, "false")
