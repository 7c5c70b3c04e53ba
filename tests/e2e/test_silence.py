"""A stream of notifications that says nothing any more, in real time: it takes 90 s."""

from conftest import only
from notified import add_meeting, seen, told  # noqa: F401
from record import poll
from test_meetings import MEETING

pytestmark = only("prosody")  # the IM server has no part in it

SILENCE_S = 90
LATE_S = 60


def streams_opened(exchange):
    return sum(r["operation"] == "GetStreamingEvents" for r in exchange.requests())


def test_a_silent_stream_is_given_up_and_what_it_hid_is_read(told, exchange):
    daemon, alice, at_bob = told()
    before = streams_opened(exchange)
    exchange.command("streaming", silent=1)
    add_meeting(exchange, alice)
    poll(lambda: streams_opened(exchange) > before, SILENCE_S + LATE_S, "another stream")
    exchange.command("streaming", silent=0)
    at_bob.wait_seen(alice.contact, *MEETING)
    assert daemon.gateway()["health"] == "up"
