"""Daemons whom Exchange tells of changes."""

import pytest

from calendars import soon
from record import TIMEOUT_S, poll
from test_meetings import MEETING, watched

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


def wait_stream(exchange, timeout=TIMEOUT_S):
    """Waits for a stream that has all subscriptions."""

    def is_told():
        stats = exchange.stats()
        body = [r["body"] for r in exchange.requests() if r["operation"] == "GetStreamingEvents"]
        return stats["streams"] > 0 and body[-1].count("<t:SubscriptionId>") == stats[
            "subscriptions"]

    poll(is_told, timeout, "a stream of all subscriptions")


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
