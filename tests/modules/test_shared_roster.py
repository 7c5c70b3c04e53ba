"""Contacts whom the server puts into people's lists (mod_groups, mod_shared_roster)."""

from dataclasses import replace

from fixtures import *  # noqa: F401, F403
from fixtures import DESK, MEETING, MODULE, Person, wait_last

TEAM = ("tess@example.test", "theo@example.test", "tim@example.test")
OPTIONS = replace(MODULE, group=TEAM)


def test_members_of_a_group_see_the_overlay(server, peer, people, login):
    tess, theo, tim = (Person(jid.partition("@")[0]) for jid in TEAM)
    for one in tess, theo, tim:
        server.add_user(one.name)
    at_tess, at_theo = login(tess).present(status=DESK[1]), login(theo).present()
    wait_last(at_theo, at_tess.full_jid, DESK)
    mark = at_theo.presences.mark()
    peer.put(tess.jid, *MEETING)
    wait_last(at_theo, at_tess.full_jid, MEETING, mark)
    at_tim = login(tim).present()
    wait_last(at_tim, at_tess.full_jid, MEETING)
    at_tess.present("away").settle()
    peer.take(tess.jid)
    views = wait_last(at_theo, at_tess.full_jid, ("away", ""), mark)
    assert views == [MEETING, MEETING, ("away", "")]
    assert peer.sees(tess.jid, theo.jid, people("bob").jid) == [True, False]
