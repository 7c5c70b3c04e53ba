"""Notifications that break or cannot be had: calendars stay right, and it is said once."""

import pytest

from conftest import only
from notified import (  # noqa: F401
    OFTEN, add_meeting, assert_shows, said, seen, told, wait_stream)
from test_meetings import MEETING, watched

pytestmark = only("prosody")  # the IM server has no part in it


def cut(exchange):
    exchange.command("cut")


def recycle(exchange):
    """Exchange forgets all subscriptions, as when its processes are made anew."""
    exchange.command("restart")


def crash(exchange):
    exchange.kill()
    exchange.start()


@pytest.mark.parametrize("trouble", [cut, recycle, crash])
def test_a_broken_stream_is_opened_again(told, exchange, trouble):
    _, alice, at_bob = told()
    trouble(exchange)
    add_meeting(exchange, alice)  # nobody tells of it
    at_bob.wait_seen(alice.contact, *MEETING)
    wait_stream(exchange)


def test_status_is_true_while_only_streams_notice(told, exchange):
    daemon, _, _ = told()  # the next poll is an hour away
    daemon.wait_gateway(lambda g: g["health"] == "up" and g["server_version"])
    exchange.kill()
    daemon.wait_gateway(lambda g: g["health"] == "down")
    down = daemon.gateway()
    assert down["fault"] == "connect" and down["failed_at"]
    exchange.start()
    daemon.wait_gateway(lambda g: g["health"] == "up")
    up = daemon.gateway()
    assert up["fault"] == "none" and up["failed_at"] is None


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


def test_subscriptions_that_have_expired_are_made_anew(told, exchange):
    _, alice, at_bob = told()
    exchange.command("streaming", expires=1)
    cut(exchange)
    exchange.wait(mailbox=alice.mailbox, Subscribe=2)
    exchange.command("streaming", expires=0)
    wait_stream(exchange)
    assert_shows(exchange, alice, at_bob)


def test_a_stream_that_is_left_and_still_counts_costs_no_subscription(
    told, people, contacts, exchange
):
    """Exchange notices that we have left when it has something to say."""
    daemon, alice, at_bob = told()
    exchange.command("streaming", lazy=1, connections=1)
    carol, dave = people("carol"), people("dave")
    _, at_dave = watched(carol, contacts(carol, dave))
    exchange.wait(mailbox=carol.mailbox, Subscribe=1)  # a stream anew, for both
    opened = exchange.stats()["operations"]["GetStreamingEvents"]
    exchange.wait(GetStreamingEvents=opened + 1)
    exchange.command("streaming", heartbeat=1)
    wait_stream(exchange, 90)
    daemon.wait_gateway(lambda gateway: gateway["notified"] == 2, "both", 90)
    assert_shows(exchange, carol, at_dave)
    assert_shows(exchange, alice, at_bob)
    for person in (alice, carol):
        assert exchange.stats(person.mailbox)["mailbox"]["operations"]["Subscribe"] == 1
    assert said(daemon, "HangingConnectionLimit") == 0


def test_that_nobody_is_there_is_known_although_only_streams_notice(told, exchange):
    daemon, _, _ = told()
    daemon.wait_log('a gateway answers gateway=hq version="15.2.1544"')  # the first answer's
    exchange.stop()
    daemon.wait_gateway(lambda g: g["health"] == "down", "the outage", 60)
    assert daemon.gateway()["fault"] == "connect"
    exchange.start()
    daemon.wait_gateway(lambda g: (g["health"], g["fault"]) == ("up", "none"), "its end", 90)
