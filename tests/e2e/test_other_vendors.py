"""A server that speaks EWS and is not Exchange: what it does otherwise is found, said once,
and worked around."""

import pytest

from calendars import Calendars, soon
from conftest import only
from notified import said
from record import poll
from test_meetings import MEETING, assert_on_time, watched
from test_moves import read_at
from test_replies import replies_of

pytestmark = only("prosody")  # the IM server has no part in it

REPLIES = {"automatic_replies": True, "replies_interval": 900}
ALONE = "tells of one mailbox alone"


@pytest.fixture(name="vendor")
def make_vendor(exchange):
    """The simulator as unlike Exchange as it gets."""
    exchange.command("unfriendly", on=1)
    return exchange


@pytest.fixture(name="seen_at")
def make_seen_at(calpresence, people, contacts):
    """seen_at(gateway={...}) runs a daemon: it, alice, and bob's client that watches her.
    prepare(mailbox) comes before anything is read."""

    def make(prepare=None, **changes):
        daemon = calpresence(**changes).run()
        alice, bob = people("alice"), people("bob")
        if prepare is not None:
            prepare(alice.mailbox)
        _, at_bob = watched(alice, contacts(alice, bob))
        return daemon, alice, at_bob

    return make


def test_meetings_show_however_entries_are_written(vendor, seen_at):
    daemon, alice, at_bob = seen_at()
    daemon.wait_calendar(alice.jid, "free")
    start = soon(4)
    for begin in (start - 90000, start + 40000, start + 90000):  # around the window as well
        vendor.add(alice.mailbox, begin, begin + 60, "OOF")
    vendor.add(alice.mailbox, start, start + 3)
    assert_on_time(at_bob.wait_seen(alice.contact, *MEETING), start)
    assert_on_time(at_bob.wait_seen(alice.contact, "available"), start + 3)
    assert daemon.gateway()["health"] == "up"


def test_a_fault_with_status_200_is_a_fault(vendor, seen_at):
    daemon, alice, at_bob = seen_at()
    daemon.wait_calendar(alice.jid, "free")
    vendor.fault("fault", count=-1, code="ErrorInternalServerError")
    daemon.wait_gateway(lambda g: g["code"] == "ErrorInternalServerError", "its code")
    vendor.add(alice.mailbox, soon(-60), soon(3600))
    vendor.no_faults()
    at_bob.wait_seen(alice.contact, *MEETING)


def test_whom_it_cannot_find_is_looked_for_elsewhere(calpresence, vendor, people, contacts):
    with Calendars() as branch:
        gateways = tuple(
            {"name": name, "type": "ews", "poll_interval": 1} | simulator.gateway()
            for name, simulator in (("hq", vendor), ("branch", branch)))
        daemon = calpresence(gateways=gateways).run()
        alice, bob = people("alice"), people("bob")
        vendor.mailbox(alice.mailbox, error="ErrorCannotFindUser")
        branch.create(alice.mailbox)
        branch.add(alice.mailbox, soon(-60), soon(3600))
        _, at_bob = watched(alice, contacts(alice, bob))
        at_bob.wait_seen(alice.contact, *MEETING)
        read_at(daemon, alice, "branch", "the find")


def test_streams_that_are_one_mailboxs_are_given_to_as_many_as_there_may_be(
    vendor, seen_at, people, contacts
):
    daemon, alice, at_bob = seen_at(
        gateway={"impersonate": True, "poll_interval": 3600, "notification_connections": 2})
    vendor.wait(mailbox=alice.mailbox, Subscribe=1)
    others = [people(name) for name in ("carol", "dave")]
    seen = {alice: at_bob}
    for other in others:
        _, seen[other] = watched(other, contacts(other, people("erin")))
    daemon.wait_log(ALONE, 60)
    daemon.wait_gateway(lambda g: g["notified"] == 2, "two that notify", 60)
    poll(lambda: vendor.stats()["streams"] == 2, what="two streams")
    asked = vendor.stats()["operations"]["GetStreamingEvents"]
    told = [person for person in seen
            if vendor.stats(person.mailbox)["mailbox"]["operations"]["GetStreamingEvents"]]
    for person in told[:2]:
        vendor.add(person.mailbox, soon(-60), soon(3600))
        seen[person].wait_seen(person.contact, *MEETING)
    assert said(daemon, ALONE) == 1
    assert vendor.stats()["operations"]["GetStreamingEvents"] <= asked + 1


def test_recurring_meetings_that_entries_lack_are_read_by_free_busy(vendor, seen_at):
    daemon, alice, at_bob = seen_at(
        calendar={"detail": "items"}, gateway={"impersonate": True})
    vendor.add(alice.mailbox, soon(-60), soon(3600), recurring=1)
    at_bob.wait_seen(alice.contact, *MEETING)
    daemon.wait_log("lack meetings that its free/busy has")
    items = vendor.stats()["operations"]["FindItem"]
    vendor.wait(mailbox=alice.mailbox, reads=vendor.stats(alice.mailbox)["mailbox"]["reads"] + 2)
    assert vendor.stats()["operations"]["FindItem"] == items
    assert said(daemon, "lack meetings") == 1


def test_mail_tips_without_a_reply_say_nothing_of_replies(vendor, seen_at):
    daemon, alice, _ = seen_at(
        lambda mailbox: vendor.oof(mailbox, "Enabled"), calendar=REPLIES)
    vendor.wait(GetMailTips=1)
    daemon.wait_calendar(alice.jid, "free")
    assert daemon.why(alice.jid)["replies"] is None
    assert "automatic replies" not in daemon.command("why", alice.jid).stdout


def test_settings_tell_of_replies_where_mail_tips_do_not(vendor, seen_at):
    daemon, alice, at_bob = seen_at(
        lambda mailbox: vendor.oof(mailbox, "Enabled"), calendar=REPLIES,
        gateway={"impersonate": True})
    at_bob.wait_seen(alice.contact, "away", "Out of office")
    assert replies_of(daemon, alice, "on")["at"] > 0


def test_a_state_that_no_schema_has_is_busy_and_said_once(exchange, seen_at):
    daemon, alice, at_bob = seen_at()
    exchange.add(alice.mailbox, soon(-60), soon(3600), "InTransit")
    at_bob.wait_seen(alice.contact, *MEETING)
    daemon.wait_log('state that is not known here ."InTransit"')
    exchange.wait(mailbox=alice.mailbox,
                  reads=exchange.stats(alice.mailbox)["mailbox"]["reads"] + 3)
    assert said(daemon, "InTransit") == 1


def test_entries_count_whatever_the_view_is_called(exchange, seen_at):
    exchange.command("unfriendly", on=0, view="Sketch")
    daemon, alice, at_bob = seen_at()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)
    assert daemon.gateway()["health"] == "up"


def test_what_is_pending_is_not_taken_for_no_reply(exchange, seen_at):
    def replies_pending(mailbox):
        exchange.mailbox(mailbox, pending=1)
        exchange.oof(mailbox, "Enabled")

    daemon, alice, at_bob = seen_at(replies_pending, calendar=REPLIES)
    exchange.wait(GetMailTips=1)
    daemon.wait_calendar(alice.jid, "free")
    assert daemon.why(alice.jid)["replies"] is None
    exchange.mailbox(alice.mailbox, pending=0)
    at_bob.wait_seen(alice.contact, "away", "Out of office", timeout=90)


def test_a_reply_without_a_beginning_has_none_in_json(exchange, seen_at):
    daemon, alice, at_bob = seen_at(
        lambda mailbox: exchange.oof(mailbox, "Enabled"), calendar=REPLIES,
        gateway={"impersonate": True})
    at_bob.wait_seen(alice.contact, "away", "Out of office")
    replies = daemon.why(alice.jid)["replies"]
    assert replies["from"] is None and replies["to"] is None
