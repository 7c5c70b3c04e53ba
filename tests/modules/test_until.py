"""An overlay ends by itself."""

import time

from fixtures import *  # noqa: F401, F403
from fixtures import AWAY, DESK, MEETING, wait_last
from peer import utc


def test_an_overlay_ends_at_its_moment_and_not_before(peer, desk):
    at_alice, at_bob = desk
    mark, moment = at_bob.presences.mark(), utc(3)
    peer.put(at_alice.jid, *MEETING, until=moment)
    assert wait_last(at_bob, at_alice.full_jid, DESK, mark) == [MEETING, DESK]
    ended = at_bob.seen(at_alice.full_jid).at
    assert time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ended)) >= moment


def test_a_moment_in_another_zone_is_understood(peer, desk):
    at_alice, at_bob = desk
    moment = time.strftime("%Y-%m-%dT%H:%M:%S+09:00", time.gmtime(time.time() + 9 * 3600 + 3))
    mark = at_bob.presences.mark()
    peer.put(at_alice.jid, *MEETING, until=moment)
    assert wait_last(at_bob, at_alice.full_jid, DESK, mark) == [MEETING, DESK]


def test_what_is_over_is_not_laid_and_takes_away_what_was(peer, desk):
    at_alice, at_bob = desk
    mark = at_bob.presences.mark()
    peer.put(at_alice.jid, *MEETING, until=-5)
    peer.put(at_alice.jid, *AWAY)
    wait_last(at_bob, at_alice.full_jid, AWAY, mark)
    peer.put(at_alice.jid, *MEETING, until=-5)
    assert wait_last(at_bob, at_alice.full_jid, DESK, mark) == [AWAY, DESK]


def test_an_overlay_that_is_replaced_does_not_end_its_successor(peer, desk, people, contacts):
    at_alice, at_bob = desk
    at_carol, at_dave = contacts(people("carol"), people("dave"))
    mark = at_bob.presences.mark()
    peer.put(at_alice.jid, *MEETING, until=3)
    peer.put(at_alice.jid, *MEETING, until=400 * 86400)  # no stanza
    later = at_dave.presences.mark()
    peer.put(at_carol.jid, *MEETING, until=4)
    wait_last(at_dave, at_carol.full_jid, ("available", ""), later)
    peer.put(at_alice.jid, *AWAY, until=3)
    assert wait_last(at_bob, at_alice.full_jid, DESK, mark) == [MEETING, AWAY, DESK]
