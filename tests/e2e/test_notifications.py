"""Exchange tells of changes, so that they show long before calendars are read again."""

import time

import pytest

from conftest import only
from notified import (  # noqa: F401
    SELDOM, add_meeting, assert_shows, seen, told, wait_stream)
from test_meetings import MEETING, watched

pytestmark = only("prosody")  # the IM server has no part in it


def test_a_new_meeting_shows_within_seconds(told, exchange, record_property):
    _, alice, at_bob = told()
    booked = time.time()
    add_meeting(exchange, alice)
    late = at_bob.wait_seen(alice.contact, *MEETING).at - booked
    record_property("measured", f"a new meeting shows after {late:.1f} s with notifications")
    assert late < 5


def test_status_says_how_many_mailboxes_notify(told):
    daemon, _, _ = told()
    daemon.wait_gateway(lambda gateway: gateway["notified"] == 1)
    assert "1 of 1 mailboxes notify" in daemon.command("status").stdout


def test_without_notifications_it_shows_within_poll_interval(seen, exchange, record_property):
    interval = 3
    _, alice, at_bob = seen(SELDOM | {"notifications": False, "poll_interval": interval})
    reads = exchange.stats(alice.mailbox)["mailbox"]["reads"]
    exchange.wait(mailbox=alice.mailbox, reads=reads + 1)
    booked = time.time()
    add_meeting(exchange, alice)
    late = at_bob.wait_seen(alice.contact, *MEETING).at - booked
    record_property("measured", f"a new meeting shows after {late:.1f} s without notifications,"
                    f" poll_interval {interval} s")
    assert late < interval + 2
    assert exchange.stats()["operations"]["Subscribe"] == 0


def test_many_changes_are_one_reading(told, exchange):
    _, alice, at_bob = told()
    reads = exchange.stats(alice.mailbox)["mailbox"]["reads"]
    for _ in range(10):
        add_meeting(exchange, alice)
    at_bob.wait_seen(alice.contact, *MEETING)
    assert exchange.stats(alice.mailbox)["mailbox"]["reads"] <= reads + 2


def test_others_are_not_read_for_one(told, people, contacts, exchange):
    _, alice, at_bob = told()
    carol, dave = people("carol"), people("dave")
    watched(carol, contacts(carol, dave))
    exchange.wait(mailbox=carol.mailbox, reads=1, Subscribe=1)
    wait_stream(exchange)
    # Whoever is in a new stream may have missed something before it.
    reads = exchange.stats(carol.mailbox)["mailbox"]["reads"]
    assert_shows(exchange, alice, at_bob)
    assert exchange.stats(carol.mailbox)["mailbox"]["reads"] <= reads + 1


@pytest.mark.parametrize("form", [
    {"chunk": 7, "envelope2010": 1}, {"together": 2, "heartbeat": 500},
])
def test_streams_may_come_in_any_pieces(told, exchange, form):
    exchange.command("streaming", **form)
    _, alice, at_bob = told()
    assert_shows(exchange, alice, at_bob)


def test_a_clean_stop_ends_all_subscriptions(told, exchange):
    daemon, _, _ = told()
    assert exchange.stats()["subscriptions"] > 0
    daemon.stop()
    assert exchange.stats()["subscriptions"] == exchange.stats()["streams"] == 0


def test_a_group_has_one_anchor(told, people, contacts, exchange):
    _, alice, _ = told()
    carol, dave = people("carol"), people("dave")
    exchange.command("mailbox", address=carol.mailbox, server="EXCH02")
    watched(carol, contacts(carol, dave))
    exchange.wait(mailbox=carol.mailbox, Subscribe=1)
    wait_stream(exchange)
    headers = [r["headers"] for r in exchange.requests()
               if r["operation"] in ("Subscribe", "GetStreamingEvents")]
    assert len({h["X-AnchorMailbox"] for h in headers}) == 1
    assert {h["X-PreferServerAffinity"] for h in headers} == {"true"}
    assert "Cookie" not in headers[0]
    assert {h["Cookie"].partition("~")[0] for h in headers[1:]} == {
        "X-BackEndOverrideCookie=EXCH01"}
