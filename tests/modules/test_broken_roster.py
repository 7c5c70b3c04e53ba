"""A contact list that cannot be read says nothing about anybody."""

from dataclasses import replace

import pytest

from fixtures import *  # noqa: F401, F403
from fixtures import MODULE
from peer import NS, condition, name, sight

OPTIONS = replace(MODULE, rosters="moody")


def asked(alice, watcher):
    return f"<sees xmlns='{NS}' jid='{alice.jid}'><watcher jid='{watcher.jid}'/></sees>"


@pytest.mark.parametrize("server", ["prosody"], indirect=True, scope="module")
def test_nobody_is_turned_out_for_a_list_that_cannot_be_read(server, peer, people):
    alice, bob = people("alice"), people("bob")
    domain = server.domain.replace(".", "%2e")
    path = server.folder / "data" / domain / "roster" / f"{alice.name}.dat"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("this is no contact list", encoding="utf-8")
    assert condition(peer.iq("get", asked(alice, bob))) == "internal-server-error"


@pytest.mark.parametrize("server", ["ejabberd"], indirect=True, scope="module")
def test_nobody_is_turned_out_while_a_list_cannot_be_read(server, peer, desk):
    at_alice, at_bob = desk
    assert peer.sees(at_alice.jid, at_bob.jid) == [True]
    mark, unreadable = len(peer.feed()), server.folder / "spool/unreadable"
    unreadable.touch()
    at_bob.subscribe(at_alice.jid)
    at_bob.settle()
    assert condition(peer.iq("get", asked(at_alice, at_bob))) == "internal-server-error"
    unreadable.unlink()
    at_bob.unsubscribe(at_alice.jid)
    peer.wait_sees(at_alice.jid, at_bob.jid, "false")
    assert [sight(w) for e in peer.feed()[mark:] if name(e) == "sees" for w in e] == ["false"]
