"""A contact list that cannot be read says nothing about anybody."""

import pytest

from fixtures import *  # noqa: F401, F403
from fixtures import MODULE
from peer import NS, condition

OPTIONS = MODULE


@pytest.mark.parametrize("server", ["prosody"], indirect=True, scope="module")
def test_nobody_is_turned_out_for_a_list_that_cannot_be_read(server, peer, people):
    alice, bob = people("alice"), people("bob")
    domain = server.domain.replace(".", "%2e")
    path = server.folder / "data" / domain / "roster" / f"{alice.name}.dat"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("this is no contact list", encoding="utf-8")
    ask = f"<sees xmlns='{NS}' jid='{alice.jid}'><watcher jid='{bob.jid}'/></sees>"
    assert condition(peer.iq("get", ask)) == "internal-server-error"
