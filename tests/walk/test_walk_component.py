"""What a person's clients are seen as together."""

from model import View, texts
from walk_component import address, aggregates

LUNCH = texts({"": "At lunch"})
IN_MEETING = texts({"": "In a meeting", "de": "In einer Besprechung"})


def test_a_contact_is_of_the_component():
    assert address("alice@example.test") == "alice@meet.example.test/calendar"


def test_nobody_is_seen_without_a_client_that_takes_messages():
    assert aggregates([], "busy") == {None}
    assert aggregates([None, View("available", (), -1)], "busy") == {None}


def test_the_highest_priority_leads_and_is_not_told():
    views = [View("chat", (), 0), View("xa", LUNCH, 5), None]
    assert aggregates(views, "free") == {View("xa", LUNCH, 0)}
    assert aggregates(views, "busy") == {View("dnd", IN_MEETING, 0)}


def test_of_equal_priorities_the_most_reachable_leads():
    views = [View("away", LUNCH, 5), View("chat", (), 5)]
    assert aggregates(views, "free") == {View("chat", (), 0)}


def test_of_equals_any_may_have_spoken_last():
    views = [View("away", LUNCH, 5), View("away", (), 5)]
    assert aggregates(views, "free") == {View("away", LUNCH, 0), View("away", (), 0)}
