"""Exchange tells of changes, so that they show long before calendars are read again."""

import time

import pytest

from calendars import soon
from conftest import only
from record import poll
from test_meetings import MEETING, watched

pytestmark = only("prosody")  # the IM server has no part in it

SELDOM = {"impersonate": True, "poll_interval": 3600}  # what shows sooner was told
OFTEN = {"impersonate": True, "poll_interval": 1}


@pytest.fixture
def seen(calpresence, people, contacts):
    """seen(**gateway) runs a daemon: it, alice, and bob's client that watches her."""

    def make(gateway, **changes):
        daemon = calpresence(gateway=gateway, **changes).run()
        alice, bob = people("alice"), people("bob")
        _, at_bob = watched(alice, contacts(alice, bob))
        daemon.wait_calendar(alice.jid, "free")
        return daemon, alice, at_bob

    return make


@pytest.fixture
def told(seen, exchange):
    """As seen, and Exchange has been asked to tell of changes."""

    def make(gateway=None, **changes):
        daemon, alice, at_bob = seen(gateway or SELDOM, **changes)
        exchange.wait(mailbox=alice.mailbox, Subscribe=1)
        wait_stream(exchange)
        return daemon, alice, at_bob

    return make


def wait_stream(exchange):
    """Waits for a stream that has all subscriptions."""

    def is_told():
        stats = exchange.stats()
        body = [r["body"] for r in exchange.requests() if r["operation"] == "GetStreamingEvents"]
        return stats["streams"] > 0 and body[-1].count("<t:SubscriptionId>") == stats[
            "subscriptions"]

    poll(is_told, what="a stream of all subscriptions")


def add_meeting(exchange, person):
    """A meeting that runs, as if somebody had just booked it."""
    return exchange.add(person.mailbox, soon(-60), soon(3600))


def assert_shows(exchange, alice, at_bob):
    """Only once a test: the meeting stays."""
    add_meeting(exchange, alice)
    at_bob.wait_seen(alice.contact, *MEETING)


def said(daemon, words):
    """How many lines of the log hold these words."""
    return sum(words in line for line in daemon.output().splitlines())


def test_a_new_meeting_shows_within_seconds(told, exchange, record_property):
    _, alice, at_bob = told()
    booked = time.time()
    add_meeting(exchange, alice)
    late = at_bob.wait_seen(alice.contact, *MEETING).at - booked
    record_property("measured", f"a new meeting shows after {late:.1f} s with notifications")
    assert late < 5


def test_without_notifications_it_shows_within_poll_interval(seen, exchange, record_property):
    interval = 3
    _, alice, at_bob = seen({"impersonate": True, "notifications": False,
                             "poll_interval": interval})
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


@pytest.mark.parametrize("trouble", ["cut", "restart"])
def test_a_broken_stream_is_opened_again(told, exchange, trouble):
    _, alice, at_bob = told()
    exchange.command(trouble)
    add_meeting(exchange, alice)  # nobody tells of it
    at_bob.wait_seen(alice.contact, *MEETING)
    wait_stream(exchange)


def test_one_bad_subscription_spoils_no_other(told, people, contacts, exchange):
    _, alice, at_bob = told()
    carol, dave = people("carol"), people("dave")
    _, at_dave = watched(carol, contacts(carol, dave))
    exchange.wait(mailbox=carol.mailbox, Subscribe=1)
    wait_stream(exchange)
    exchange.command("subscription", error="ErrorReadEventsFailed", mailbox=carol.mailbox)
    exchange.wait(mailbox=carol.mailbox, Subscribe=2)
    wait_stream(exchange)
    assert_shows(exchange, alice, at_bob)
    assert_shows(exchange, carol, at_dave)
    assert exchange.stats(alice.mailbox)["mailbox"]["operations"]["Subscribe"] == 1


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


def test_without_the_right_to_impersonate_there_is_polling_and_one_line(seen, exchange):
    exchange.command("impersonation", allowed=0)
    daemon, alice, at_bob = seen(OFTEN)
    daemon.wait_log("nobody.s calendar")
    assert_shows(exchange, alice, at_bob)
    assert said(daemon, "nobody's calendar") == 1
    assert exchange.stats()["streams"] == 0


def test_more_streams_than_exchange_allows_leave_polling_and_one_line(seen, exchange):
    exchange.command("streaming", connections=0)
    daemon, alice, at_bob = seen(OFTEN)
    daemon.wait_log("HangingConnectionLimit")
    assert_shows(exchange, alice, at_bob)
    assert said(daemon, "HangingConnectionLimit") == 1


def test_a_mailbox_with_too_many_subscriptions_is_polled(seen, exchange):
    exchange.command("streaming", subscriptions=0)
    daemon, alice, at_bob = seen(OFTEN)
    exchange.wait(mailbox=alice.mailbox, Subscribe=1)
    assert_shows(exchange, alice, at_bob)
    daemon.wait_log("ErrorExceededSubscriptionCount")
    assert said(daemon, "ErrorExceededSubscriptionCount") == 1
