"""What the simulator answers, to good requests and to wrong ones."""

import datetime
from contextlib import closing

import pytest
from soap_client import BERLIN, DAY, E, M, S, T, ask, connect, envelope, post, request


def test_a_mailbox_without_events_has_no_array(exchange):
    exchange.mailbox("empty@example.com")
    answer = ask(exchange, "empty@example.com")
    assert answer.status == 200
    assert answer.codes() == ["NoError"]
    assert answer.xml.find(f".//{T}CalendarEventArray") is None
    assert answer.xml.find(f".//{T}WorkingHours") is not None


def test_events_come_whole_by_start_and_only_those_of_the_window(exchange):
    for start, end, busy in (("06:00", "07:00", "OOF"), ("04:00", "05:30", "Busy"),
                             ("03:00", "04:00", "Busy"), ("05:15", "05:15", "Tentative"),
                             ("05:10", "08:00", "WorkingElsewhere")):
        exchange.add("alice@example.com", f"{DAY}T{start}:00Z", f"{DAY}T{end}:00Z", busy)
    answer = ask(exchange, "Alice@Example.COM", start=f"{DAY}T05:00:00", end=f"{DAY}T06:00:00")
    assert answer.events() == [
        (f"{DAY}T04:00:00", f"{DAY}T05:30:00", "Busy"),
        (f"{DAY}T05:10:00", f"{DAY}T08:00:00", "WorkingElsewhere"),
        (f"{DAY}T05:15:00", f"{DAY}T05:15:00", "Tentative"),
    ]


def test_answers_are_in_the_order_of_the_request(exchange):
    exchange.add("alice@example.com", f"{DAY}T01:00:00", "+1h", "OOF")
    exchange.mailbox("empty@example.com")
    answer = ask(exchange, "nobody@example.com", "alice@example.com", "empty@example.com",
                 "no-at-sign", "alice@example.com")
    assert answer.codes() == ["ErrorMailRecipientNotFound", "NoError", "NoError",
                              "ErrorInvalidSmtpAddress", "NoError"]
    assert [len(answer.events(i)) for i in range(5)] == [0, 1, 0, 0, 1]
    numbers = [number.text for number in answer.xml.iter(f"{E}ExceptionCode")]
    assert numbers == ["5009", "5035"]


def test_an_address_with_every_legal_character_is_found_and_echoed(exchange):
    address = "o'neil+x&y/z@example.com"
    exchange.add(address, f"{DAY}T01:00:00", "+1h")
    assert len(ask(exchange, "o&apos;neil+x&amp;y/z@example.com").events()) == 1
    exchange.mailbox(address, error="ErrorMailRecipientNotFound")
    assert address in ask(exchange, "o'neil+x&amp;y/z@example.com").xml.findtext(
        f".//{M}MessageText")


def test_details_come_with_the_detailed_view_but_not_those_of_private_events(exchange):
    exchange.add("alice@example.com", f"{DAY}T01:00:00", "+1h", subject="Tea <&> cake \u2603",
                 location="Room 1")
    exchange.add("alice@example.com", f"{DAY}T02:00:00", "+1h", subject="Doctor", private=1)
    answer = ask(exchange, "alice@example.com", view="Detailed")
    subjects = [subject.text for subject in answer.xml.iter(f"{T}Subject")]
    assert subjects == ["Tea <&> cake \u2603"]
    assert [item.text for item in answer.xml.iter(f"{T}IsPrivate")] == ["false", "true"]
    assert ask(exchange, "alice@example.com", view="FreeBusy").xml.find(f".//{T}Subject") is None


@pytest.mark.parametrize("asked, allowed, granted, has_digits, has_events", [
    ("MergedOnly", "DetailedMerged", "MergedOnly", True, False),
    ("FreeBusy", "DetailedMerged", "FreeBusy", False, True),
    ("FreeBusyMerged", "DetailedMerged", "FreeBusyMerged", True, True),
    ("Detailed", "DetailedMerged", "Detailed", False, True),
    ("DetailedMerged", "DetailedMerged", "DetailedMerged", True, True),
    ("FreeBusy MergedOnly", "DetailedMerged", "FreeBusyMerged", True, True),
    ("Detailed", "FreeBusyMerged", "FreeBusy", False, True),
    ("DetailedMerged", "FreeBusyMerged", "FreeBusyMerged", True, True),
    ("FreeBusy", "MergedOnly", "MergedOnly", True, False),
    ("FreeBusy", "None", "None", False, False),
])
def test_the_view_is_what_was_asked_as_far_as_it_is_allowed(
        exchange, asked, allowed, granted, has_digits, has_events):
    exchange.add("alice@example.com", f"{DAY}T01:00:00", "+1h")
    exchange.mailbox("alice@example.com", view=allowed)
    answer = ask(exchange, "alice@example.com", view=asked)
    assert answer.views() == [granted]
    assert (answer.xml.find(f".//{T}MergedFreeBusy") is not None) == has_digits
    assert bool(answer.events()) == has_events


def test_merged_digits_show_the_strongest_state_of_every_interval(exchange):
    for start, end, busy in (("00:00", "00:40", "Tentative"), ("00:30", "00:31", "OOF"),
                             ("00:31", "01:00", "Busy"), ("01:00", "01:30", "WorkingElsewhere"),
                             ("01:20", "01:40", "Free")):
        exchange.add("alice@example.com", f"{DAY}T{start}:00", f"{DAY}T{end}:00", busy)
    exchange.add("alice@example.com", "2026-11-20T23:00:00", f"{DAY}T00:05:00", "Busy")
    answer = ask(exchange, "alice@example.com", view="MergedOnly", interval=15,
                 end=f"{DAY}T02:05:00")
    assert answer.xml.findtext(f".//{T}MergedFreeBusy") == "213244000"


@pytest.mark.parametrize("day, local", [("2026-11-21", "11"), ("2026-07-01", "12")])
def test_times_are_in_the_zone_of_the_request(exchange, day, local):
    exchange.add("alice@example.com", f"{day}T10:00:00Z", f"{day}T10:00:30Z")
    answer = ask(exchange, "alice@example.com", zone=BERLIN, start=f"{day}T{local}:00:00",
                 end=f"{day}T{local}:00:01")
    assert answer.events() == [(f"{day}T{local}:00:00", f"{day}T{local}:00:30", "Busy")]
    answer = ask(exchange, "alice@example.com", zone=BERLIN, start=f"{day}T10:00:00Z",
                 end=f"{day}T10:00:01+00:00")
    assert len(answer.events()) == 1


@pytest.mark.parametrize("utc, local", [
    ("2026-03-29T00:59:59", "2026-03-29T01:59:59"), ("2026-03-29T01:00:00", "2026-03-29T03:00:00"),
    ("2026-10-25T00:59:59", "2026-10-25T02:59:59"), ("2026-10-25T01:00:00", "2026-10-25T02:00:00"),
    ("2026-12-31T23:30:00", "2027-01-01T00:30:00"), ("2028-02-28T23:00:00", "2028-02-29T00:00:00"),
])
def test_summer_time_begins_and_ends_with_the_rules(exchange, utc, local):
    exchange.add("alice@example.com", f"{utc}Z", "+1s")
    end = datetime.datetime.fromisoformat(utc) + datetime.timedelta(minutes=1)
    answer = ask(exchange, "alice@example.com", zone=BERLIN, start=f"{utc}Z",
                 end=f"{end.isoformat()}Z")
    assert answer.events()[0][0] == local


@pytest.mark.parametrize("options, code", [
    ({"end": "2027-01-22T00:00:00"}, None),
    ({"end": "2027-01-22T00:00:01"}, "ErrorTimeIntervalTooBig"),
    ({"end": f"{DAY}T00:00:00"}, "ErrorInvalidTimeInterval"),
    ({"end": "2026-11-20T00:00:00"}, "ErrorInvalidTimeInterval"),
    ({"interval": 4}, "ErrorInvalidMergedFreeBusyInterval"),
    ({"interval": 5}, None),
    ({"interval": 1440}, None),
    ({"interval": 1441}, "ErrorInvalidMergedFreeBusyInterval"),
    ({"view": "None"}, "ErrorInvalidFreeBusyViewType"),
])
def test_options_beyond_the_limits_are_refused(exchange, options, code):
    answer = ask(exchange, "alice@example.com", **options)
    assert answer.status == (500 if code else 200)
    assert answer.fault == code
    if code:
        detail = answer.xml.find(f".//{S}Fault/detail")
        assert [child.tag for child in detail] == [f"{M}ErrorCode"]


@pytest.mark.parametrize("count, code", [(0, "ErrorMailboxDataArrayEmpty"), (1, None),
                                         (100, None), (101, "ErrorMailboxDataArrayTooBig")])
def test_one_to_a_hundred_mailboxes_are_answered(exchange, count, code):
    answer = ask(exchange, *[f"u{i}@example.com" for i in range(count)])
    assert answer.fault == code
    assert len(answer.mailboxes) == (0 if code else count)
    if count > 100:
        assert answer.xml.findtext(f".//{M}ErrorCode") == "5002"


@pytest.mark.parametrize("count, code", [(1000, "NoError"), (1001, "ErrorResultSetTooBig")])
def test_a_thousand_entries_are_the_most_of_a_mailbox(exchange, count, code):
    exchange.load(f"event alice@example.com {DAY}T01:00:00 +1m Free\n" * count)
    assert ask(exchange, "alice@example.com").codes() == [code]


@pytest.mark.parametrize("old, new, code", [
    ("<t:AttendeeType>Required</t:AttendeeType>", "", "ErrorSchemaValidation"),
    ("Required", "Someone", "ErrorSchemaValidation"),
    ("t:Address>", "t:EmailAddress>", "ErrorSchemaValidation"),
    ("<m:MailboxDataArray>", "<t:Unknown/><m:MailboxDataArray>", "ErrorSchemaValidation"),
    (f"{DAY}T12", "2026-02-30T12", "ErrorSchemaValidation"),
    (">Detailed<", ">Everything<", "ErrorSchemaValidation"),
    ("</s:Envelope>", "", "ErrorSchemaValidation"),
    ("<s:Envelope", "<!DOCTYPE s:Envelope []><s:Envelope", "ErrorSchemaValidation"),
    ("schemas.xmlsoap.org", "example.org", "ErrorSchemaValidation"),
    ("Exchange2013", "Exchange1999", "ErrorInvalidServerVersion"),
    ("<t:DayOrder>5", "<t:DayOrder>-1", "ErrorTimeZone"),
])
def test_a_wrong_request_gets_a_fault(exchange, old, new, code):
    body = request(["alice@example.com"])
    before = exchange.stats()["schema_errors"]
    assert old in body
    answer = post(exchange, body.replace(old, new))
    assert (answer.status, answer.fault) == (500, code)
    more = exchange.stats()["schema_errors"] - before
    assert more == (code == "ErrorSchemaValidation")


def test_another_operation_gets_a_fault(exchange):
    body = envelope("<m:GetRoomLists/>")
    assert post(exchange, body).fault == "ErrorInvalidRequest"


def test_garbage_gets_a_fault_and_every_cut_of_a_request_too(exchange):
    body = request(["alice@example.com"]).encode()
    with closing(connect(exchange)) as link:
        for n in range(0, len(body), 41):
            assert post(exchange, body[:n], link).fault == "ErrorSchemaValidation"
        assert post(exchange, b"\x00\xff\xfe", link).fault == "ErrorSchemaValidation"
