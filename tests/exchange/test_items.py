"""FindItem with a CalendarView."""

import pytest
from soap_client import DAY, T, envelope, impersonating, post

ALICE = "alice@example.com"
FIELDS = ("calendar:Start", "calendar:End", "calendar:LegacyFreeBusyStatus")


@pytest.fixture(name="calendar")
def make_calendar(exchange):
    exchange.mailbox(ALICE)
    return exchange


def find(exchange, fields=FIELDS, name=ALICE, first=f"{DAY}T00:00:00Z", last=f"{DAY}T24:00:00Z",
         most=1000):
    uris = "".join(f'<t:FieldURI FieldURI="{field}"/>' for field in fields)
    body = envelope(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>'
        f"<t:AdditionalProperties>{uris}</t:AdditionalProperties></m:ItemShape>"
        f'<m:CalendarView MaxEntriesReturned="{most}" StartDate="{first}" EndDate="{last}"/>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds>'
        "</m:FindItem>")
    return post(exchange, impersonating(body, name) if name else body)


def items(answer):
    return list(answer.xml.iter(f"{T}CalendarItem"))


def test_an_item_has_what_was_asked_for(calendar):
    calendar.add(ALICE, f"{DAY}T10:00:00Z", "+1h", "OOF", subject="Secret", cancelled=1,
                 response="Decline", allday=1, category="Travel", private=1)
    [item] = items(find(calendar))
    assert [child.tag[len(T):] for child in item] == [
        "ItemId", "Start", "End", "LegacyFreeBusyStatus"]
    assert item.findtext(f"{T}Start") == f"{DAY}T10:00:00Z"
    assert item.findtext(f"{T}LegacyFreeBusyStatus") == "OOF"
    [item] = items(find(calendar, (
        "item:Sensitivity", "item:Categories", "calendar:IsCancelled", "calendar:MyResponseType",
        "calendar:IsAllDayEvent", "calendar:IsMeeting", "calendar:Organizer", "item:Subject")))
    assert item.findtext(f"{T}Sensitivity") == "Private"
    assert item.findtext(f"{T}Categories/{T}String") == "Travel"
    assert item.findtext(f"{T}MyResponseType") == "Decline"
    assert item.findtext(f"{T}Organizer/{T}Mailbox/{T}Name") == "Carol Organizer"
    assert [item.findtext(T + name) for name in ("IsCancelled", "IsAllDayEvent", "IsMeeting")] == [
        "true"] * 3
    assert item.findtext(f"{T}Subject") == "Secret"


def test_items_in_the_window_are_found_up_to_the_most(calendar):
    for hour in (8, 9, 10):
        calendar.add(ALICE, f"{DAY}T{hour:02}:00:00Z", "+1h")
    answer = find(calendar, first=f"{DAY}T08:30:00Z", last=f"{DAY}T10:00:00Z")
    assert len(items(answer)) == 2
    [root] = answer.xml.iter("{*}RootFolder")
    assert root.get("IncludesLastItemInRange") == "true"
    answer = find(calendar, most=2)
    [root] = answer.xml.iter("{*}RootFolder")
    assert (len(items(answer)), root.get("TotalItemsInView")) == (2, "3")
    assert root.get("IncludesLastItemInRange") == "false"


def test_only_in_somebodys_name(calendar):
    assert find(calendar, name=None).fault == "ErrorMissingEmailAddress"
    calendar.mailbox(ALICE, error="ErrorAccessDenied")
    assert find(calendar).codes() == ["ErrorAccessDenied"]


def test_a_window_has_an_end_after_its_start(calendar):
    assert find(calendar, last="2026-11-20T00:00:00Z").codes() == [
        "ErrorCalendarEndDateIsEarlierThanStartDate"]
    assert find(calendar, last="2029-11-20T00:00:00Z").codes() == ["ErrorCalendarViewRangeTooBig"]
