"""calendar.detail = "items": what entries tell beyond free/busy."""

import pytest
from calendars import soon
from conftest import only
from test_meetings import MEETING, watched

pytestmark = only("prosody")


@pytest.fixture(name="reading_items")
def make_reading_items(calpresence):
    """reading_items() gives a running daemon that reads entries; more: settings."""

    def make(poll_interval=1, **calendar):
        return calpresence(
            calendar={"detail": "items"} | calendar,
            gateway={"impersonate": True, "poll_interval": poll_interval},
        ).run()

    return make


def operations(exchange, person):
    return exchange.stats(person.mailbox)["mailbox"]["operations"]


def test_entries_show_as_free_busy_does(reading_items, exchange, people, contacts):
    daemon = reading_items()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    end = soon(1800)
    meeting = exchange.add(alice.mailbox, soon(-60), end, subject="Secret", location="Attic")
    at_bob.wait_seen(alice.contact, *MEETING)
    assert daemon.why(alice.jid)["calendar"]["next_edge"] == end
    exchange.cancel(meeting)
    exchange.add(alice.mailbox, soon(-60), end, "OOF", allday=1)
    at_bob.wait_seen(alice.contact, "away", "Out of office")
    # The first readings are compared with free/busy, and found whole; then no more.
    exchange.wait(mailbox=alice.mailbox, timeout=60, FindItem=12)
    compared = operations(exchange, alice)["GetUserAvailability"]
    exchange.wait(mailbox=alice.mailbox, timeout=60, FindItem=14)
    assert operations(exchange, alice)["GetUserAvailability"] == compared <= 20


def test_a_cancelled_and_a_declined_meeting_do_not_show(
    reading_items, exchange, people, contacts
):
    daemon = reading_items()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    exchange.add(alice.mailbox, soon(-60), soon(3600), cancelled=1, response="Accept")
    exchange.add(alice.mailbox, soon(-60), soon(3600), "OOF", response="Decline")
    before = daemon.wait_calendar(alice.jid, "free")["calendar"]["read_at"]
    daemon.wait_why(
        alice.jid, lambda why: why["calendar"]["read_at"] > before + 1, "a later reading")
    assert daemon.why(alice.jid)["calendar"]["state"] == "free"
    at_bob.settle(alice.contact)
    assert [p.show for p in at_bob.seen(alice.contact).values()] == ["available"]
    exchange.add(alice.mailbox, soon(-60), soon(3600), response="Accept")
    at_bob.wait_seen(alice.contact, *MEETING)


def test_nothing_private_is_asked_for(reading_items, exchange, people, contacts):
    daemon = reading_items(poll_interval=3600)
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600), subject="Secret", location="Attic")
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *MEETING)
    bodies = [r["body"] for r in exchange.requests() if "m:FindItem" in r["body"]]
    assert bodies and not [name for name in ("Subject", "Body", "Location", "Organizer") if
                           f":{name}" in "".join(bodies).replace("s:Body", "")]
    assert "Secret" not in daemon.output() + daemon.command("why", alice.jid).stdout


def test_who_refuses_is_read_by_free_busy(reading_items, exchange, people, contacts):
    daemon = reading_items()
    exchange.command("impersonation", allowed=0)
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *MEETING)
    daemon.wait_log(r"may not be read \(ErrorImpersonateUserDenied\): free/busy of it")
    exchange.wait(mailbox=alice.mailbox, reads=3)
    assert operations(exchange, alice)["FindItem"] == 1
    assert daemon.gateway()["health"] == "up"
    assert daemon.output().count("may not be read") == 1


def test_a_full_calendar_is_read_in_pieces(reading_items, exchange, people, contacts):
    daemon = reading_items(poll_interval=3600)
    alice, bob = people("alice"), people("bob")
    start = soon(0) // 60 * 60
    lines = "".join(
        f"event {alice.mailbox} now+{70 * i} +60s Tentative\n" for i in range(1100))
    exchange.load(lines)
    exchange.add(alice.mailbox, start - 60, start + 7200)
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *MEETING)
    assert daemon.why(alice.jid)["calendar"]["failure"] is None
    assert operations(exchange, alice)["FindItem"] > 2
