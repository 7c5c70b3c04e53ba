"""`rules`: what an entry of a calendar counts as."""

import pytest
from calendars import soon
from conftest import only
from test_meetings import MEETING, watched

pytestmark = only("prosody")

AWAY = ("away", "Out of office")
FREE = ("available", "")
FOCUS = {"category": "Focus time", "as": "free"}


@pytest.fixture(name="ruled")
def make_ruled(calpresence):
    """ruled(RULE, ...) gives a running daemon with these rules."""

    def make(*rules, poll_interval=1, impersonate=True):
        return calpresence(
            rules=rules,
            gateway={"impersonate": impersonate, "poll_interval": poll_interval},
        ).run()

    return make


CASES = [
    # the rule, the entry, what is seen
    (FOCUS, {"category": "focus TIME"}, FREE),
    (FOCUS, {"category": "Focus"}, MEETING),
    ({"category": ["Travel", "Vacation"], "as": "oof"}, {"busy": "Free", "category": "Vacation"},
     AWAY),
    ({"organizer": "Ina Boss", "as": "oof"}, {"response": "Accept", "organizer": "Ina Boss"}, AWAY),
    ({"organizer": "Ina Boss", "as": "oof"}, {"response": "Accept"}, MEETING),
    ({"response": ["tentative", "none"], "as": "free"}, {"response": "NoResponseReceived"}, FREE),
    ({"response": ["tentative", "none"], "as": "free"}, {"response": "Accept"}, MEETING),
    ({"all_day": True, "as": "free"}, {"allday": 1}, FREE),
    ({"all_day": True, "as": "free"}, {}, MEETING),
    ({"private": True, "as": "free"}, {"private": 1}, FREE),
    ({"meeting": False, "as": "free"}, {}, FREE),
    ({"meeting": False, "as": "free"}, {"response": "Organizer"}, MEETING),
    ({"response": "organizer", "as": "free"}, {"response": "Organizer"}, FREE),
    ({"response": "organizer", "as": "free"}, {}, MEETING),
    ({"recurring": True, "state": "busy", "as": "oof"}, {"recurring": 1}, AWAY),
    ({"recurring": True, "state": "tentative", "as": "oof"}, {"recurring": 1}, MEETING),
    ({"response": "accept", "as": "oof"}, {"response": "Accept", "cancelled": 1}, FREE),
]


@pytest.mark.parametrize("rule, entry, seen", CASES)
def test_an_entry_counts_as_its_rule_says(ruled, exchange, people, contacts, rule, entry, seen):
    daemon = ruled(rule, {"state": "tentative", "as": "busy"})
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600), **({"subject": "Secret"} | entry))
    _, at_bob = watched(alice, contacts(alice, bob))
    daemon.wait_calendar(alice.jid, {FREE: "free", MEETING: "busy", AWAY: "oof"}[seen])
    at_bob.settle(alice.contact)
    at_bob.wait_seen(alice.contact, *seen)
    assert "Secret" not in daemon.output()


def test_why_says_what_a_rule_decided(ruled, exchange, people, contacts):
    daemon = ruled({"state": "oof", "as": "busy"}, FOCUS)
    alice, bob = people("alice"), people("bob")
    end = soon(3600)
    exchange.add(alice.mailbox, soon(-60), end, category="Focus time")
    exchange.add(alice.mailbox, soon(7200), soon(9000), "OOF")
    watched(alice, contacts(alice, bob))
    daemon.wait_calendar(alice.jid, "free")
    [ruled_now] = daemon.why(alice.jid)["calendar"]["ruled"]
    assert (ruled_now["state"], ruled_now["as"], ruled_now["rule"]) == ("busy", "free", 2)
    assert ruled_now["end"] == end
    assert "an entry that is busy counts as free by rule 2, until" in daemon.command(
        "why", alice.jid).stdout


def test_a_state_alone_takes_no_entries(ruled, exchange, people, contacts):
    ruled({"state": "tentative", "as": "oof"}, impersonate=False)
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600), "Tentative")
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *AWAY)
    assert exchange.stats(alice.mailbox)["mailbox"]["operations"]["FindItem"] == 0


def test_only_what_rules_name_is_asked_for_and_nothing_of_it_is_kept(
    ruled, exchange, people, contacts
):
    daemon = ruled(FOCUS, {"organizer": "Ina Boss", "as": "oof"})
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600), category="Doctor", organizer="Dr House",
                 response="Accept")
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *MEETING)
    bodies = "".join(r["body"] for r in exchange.requests() if "m:FindItem" in r["body"])
    assert "item:Categories" in bodies and "calendar:Organizer" in bodies
    assert not [name for name in ("Subject", "item:Body", "Location", "Focus", "Ina") if
                name in bodies]
    daemon.stop()
    kept = b"".join(path.read_bytes() for path in daemon.folder.rglob("*.db*"))
    assert kept and b"Doctor" not in kept and b"House" not in kept


def test_new_rules_hold_after_a_reload_at_once(ruled, exchange, people, contacts):
    daemon = ruled(poll_interval=3600)
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600), category="Focus time")
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *MEETING)
    for rules, seen in (([FOCUS], FREE), ([{"state": "busy", "as": "oof"}], AWAY),
                        ([{"category": "Other", "as": "oof"}, FOCUS], FREE), ([], MEETING)):
        daemon.configure(rules=tuple(rules))
        assert daemon.command("reload").returncode == 0
        at_bob.wait_seen(alice.contact, *seen)


def test_a_reload_forgets_nothing_that_is_still_asked_for(ruled, exchange, people, contacts):
    daemon = ruled(FOCUS, {"category": "Travel", "as": "oof"}, poll_interval=3600)
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600), category="Focus time")
    _, at_bob = watched(alice, contacts(alice, bob))
    daemon.wait_calendar(alice.jid, "free")
    exchange.fault("random-500-empty", count=-1)
    mark = at_bob.presences.mark()
    travel, ina = {"category": "Travel", "as": "oof"}, {"organizer": "Ina", "as": "oof"}
    for rules in ((travel, FOCUS), (ina, FOCUS)):
        daemon.configure(rules=rules)
        assert daemon.command("reload").returncode == 0
        at_bob.settle(alice.contact)
        daemon.wait_calendar(alice.jid, "free")
    at_bob.settle(alice.contact)
    assert "dnd" not in [p.show for p in at_bob.presences.items(mark)]


def test_who_refuses_has_entries_without_details(ruled, exchange, people, contacts):
    daemon = ruled({"meeting": False, "as": "free"}, {"all_day": False, "as": "oof"}, FOCUS)
    exchange.command("impersonation", allowed=0)
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600), category="Focus time")
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *MEETING)
    daemon.wait_log(r"may not be read \(ErrorImpersonateUserDenied\): free/busy of it")
