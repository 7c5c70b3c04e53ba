"""What the log says, to people and to programs."""

import json

from calendars import soon
from conftest import only
from test_meetings import MEETING, watched

TOPICS = {"stream", "sources", "rosters", "calendars", "publish"}


@only("prosody")
def test_debug_tells_by_topic_what_came_and_was_decided_and_no_text(
    calpresence, exchange, people, contacts
):
    daemon = calpresence(log={"level": "debug", "format": "json"}).run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = watched(alice, contacts(alice, bob))
    at_alice.present("away", "canary-of-hers")
    at_bob.wait_seen(alice.contact, "away", "canary-of-hers")
    exchange.add(alice.mailbox, soon(-60), soon(3600), subject="canary-of-a-meeting",
                 location="canary-of-a-place")
    at_bob.wait_seen(alice.contact, *MEETING)
    daemon.stop()
    lines = [json.loads(line) for line in daemon.output().splitlines()]
    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    debug = [line for line in lines if line["level"] == "debug"]
    assert {line["topic"] for line in debug} == TOPICS
    read = [line for line in debug if line["message"] == "a calendar was read"]
    assert read[-1]["jid"] == alice.jid
    assert (read[-1]["events"], read[-1]["state"]) == (1, "busy")
    assert not any("=" in line["message"] for line in debug)
    assert "canary" not in daemon.output()
    assert MEETING[1] not in daemon.output()
