"""What the Exchange simulator says, and that Microsoft's schema agrees with all of it."""

import base64
import datetime
import http.client
import os
import pathlib
import socket
import ssl
import sys
import threading
import time
import urllib.parse
from contextlib import closing

import pytest
from lxml import etree

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
SHARED = pathlib.Path(os.environ.get("CALPRESENCE_SHARED", REPOSITORY.parent / "shared"))
XSD = SHARED / "ews" / "xsd"
CORPUS = SHARED / "ews" / "corpus"
sys.path.insert(0, str(HERE.parent / "e2e"))

from exchange import CommandError, Exchange  # noqa: E402

S = "{http://schemas.xmlsoap.org/soap/envelope/}"
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
E = "{http://schemas.microsoft.com/exchange/services/2006/errors}"
USER, PASSWORD = "EXAMPLE\\svc-presence", "secret"
DAY = "2026-11-21"
UTC = ("0", "0", "0")
BERLIN = ("-60", "0", "-60")

needs_shared = pytest.mark.skipif(not XSD.is_dir(), reason=f"no {XSD}")


class Answer:
    """An HTTP answer to a request for free/busy."""

    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def xml(self):
        return etree.fromstring(self.body)

    @property
    def fault(self):
        """The local name of the fault code, None where there is no fault."""
        code = self.xml.find(f".//{S}Fault/faultcode")
        return None if code is None else code.text.partition(":")[2]

    @property
    def mailboxes(self):
        return self.xml.findall(f".//{M}FreeBusyResponse")

    def codes(self):
        return [code.text for code in self.xml.iter(f"{M}ResponseCode")]

    def views(self):
        return [view.text for view in self.xml.iter(f"{T}FreeBusyViewType")]

    def events(self, mailbox=0):
        """(start, end, busy type) of every event of the n-th mailbox."""
        return [tuple(event.findtext(T + name) for name in ("StartTime", "EndTime", "BusyType"))
                for event in self.mailboxes[mailbox].iter(f"{T}CalendarEvent")]


def season(name, bias, month):
    return (f"<t:{name}><t:Bias>{bias}</t:Bias><t:Time>0{2 if month < 6 else 3}:00:00</t:Time>"
            f"<t:DayOrder>5</t:DayOrder><t:Month>{month}</t:Month>"
            f"<t:DayOfWeek>Sunday</t:DayOfWeek></t:{name}>")


def envelope(body):
    return ('<?xml version="1.0" encoding="utf-8"?>'
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
            f'xmlns:t="{T[1:-1]}" xmlns:m="{M[1:-1]}"><s:Header>'
            '<t:RequestServerVersion Version="Exchange2013"/></s:Header>'
            f"<s:Body>{body}</s:Body></s:Envelope>")


def request(addresses, start=f"{DAY}T00:00:00", end=f"{DAY}T12:00:00", view="Detailed",
            interval=None, zone=UTC):
    mailboxes = "".join(
        f"<t:MailboxData><t:Email><t:Address>{address}</t:Address></t:Email>"
        "<t:AttendeeType>Required</t:AttendeeType></t:MailboxData>" for address in addresses)
    merged = "" if interval is None else (
        f"<t:MergedFreeBusyIntervalInMinutes>{interval}</t:MergedFreeBusyIntervalInMinutes>")
    return envelope(
        f"<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>{zone[0]}</t:Bias>"
        f"{season('StandardTime', zone[1], 10)}{season('DaylightTime', zone[2], 3)}"
        f"</t:TimeZone><m:MailboxDataArray>{mailboxes}</m:MailboxDataArray>"
        f"<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>{start}</t:StartTime>"
        f"<t:EndTime>{end}</t:EndTime></t:TimeWindow>{merged}"
        f"<t:RequestedView>{view}</t:RequestedView></t:FreeBusyViewOptions>"
        "</m:GetUserAvailabilityRequest>")


def credentials(user=USER, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def connect(exchange, tls=False):
    url = urllib.parse.urlsplit(exchange.https_url if tls else exchange.http_url)
    if not tls:
        return http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    context = ssl.create_default_context(cafile=exchange.ca)
    return http.client.HTTPSConnection(url.hostname, url.port, timeout=30, context=context)


def post(exchange, body, connection=None, **headers):
    own = connection or connect(exchange)
    sent = {"Content-Type": "text/xml; charset=utf-8", "Authorization": credentials()}
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    own.request("POST", "/EWS/Exchange.asmx", body if isinstance(body, bytes) else body.encode(),
                {name: value for name, value in sent.items() if value is not None})
    response = own.getresponse()
    answer = Answer(response, response.read())
    if connection is None:
        own.close()
    return answer


def ask(exchange, *addresses, **options):
    return post(exchange, request(addresses, **options))


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with Exchange(tmp_path_factory.mktemp("exchange"), user=USER, password=PASSWORD,
                  xsd=XSD if XSD.is_dir() else None) as exchange:
        yield exchange
        assert exchange.stats()["answer_errors"] == 0
        assert exchange.stop() == 0


@pytest.fixture
def exchange(running):
    yield running
    running.no_faults()
    running.load("mailbox alice@example.com error= view=DetailedMerged\n")
    running.clear("alice@example.com")


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(str(XSD / "exchange2016" / "ews-body.xsd")))


# Answers

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


# Limits

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


# Requests that are wrong

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


# Log-on and the rest of HTTP

def test_only_the_right_credentials_are_let_in_and_wrong_ones_are_counted(exchange):
    before = exchange.stats()
    body = request(["alice@example.com"])
    for header in (None, "Negotiate abc"):
        answer = post(exchange, body, Authorization=header)
        assert answer.status == 401
        methods = answer.headers.get_all("WWW-Authenticate")
        assert {method.split()[0] for method in methods} == {"Basic", "Negotiate", "NTLM"}
    for user, password in ((USER, "wrong"), (USER, ""), ("svc-presence", PASSWORD)):
        assert post(exchange, body, Authorization=credentials(user, password)).status == 401
    assert post(exchange, body, Authorization=credentials("example\\SVC-presence")).status == 200
    after = exchange.stats()
    assert after["logon_failures"] - before["logon_failures"] == 3
    assert after["challenges"] - before["challenges"] == 2


def test_the_password_can_be_changed(exchange):
    body = request(["alice@example.com"])
    exchange.password("a new: one")
    assert post(exchange, body).status == 401
    assert post(exchange, body, Authorization=credentials(password="a new: one")).status == 200
    exchange.password(PASSWORD)
    assert post(exchange, body).status == 200


def test_https_is_served_with_a_certificate_of_the_private_ca(exchange):
    exchange.add("alice@example.com", f"{DAY}T01:00:00", "+1h")
    with closing(connect(exchange, tls=True)) as connection:
        for _ in range(3):
            answer = post(exchange, request(["alice@example.com"]), connection)
            assert len(answer.events()) == 1
    with pytest.raises(ssl.SSLError):
        port = urllib.parse.urlsplit(exchange.https_url).port
        with socket.create_connection(("127.0.0.1", port)) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")


def test_a_browser_sees_the_page_of_the_service(exchange):
    with closing(connect(exchange)) as connection:
        connection.request("GET", "/ews/exchange.asmx", headers={"Authorization": credentials()})
        response = connection.getresponse()
        assert response.status == 200
        assert b"You have created a service" in response.read()


def test_other_paths_methods_and_types_are_refused(exchange):
    assert post(exchange, "a=b", Content_Type="application/x-www-form-urlencoded").status == 415
    with closing(connect(exchange)) as connection:
        connection.request("GET", "/owa/", headers={"Authorization": credentials()})
        assert connection.getresponse().status == 404


# Faults on order

@pytest.mark.parametrize("kind, status", [
    ("401", 401), ("403", 403), ("404", 404), ("429", 429), ("503", 503), ("440", 440),
    ("html-200", 200), ("302-logon", 302), ("asp-500", 500), ("random-500-empty", 500),
    ("server-busy", 500), ("internal-error", 500), ("fault", 500), ("garbage", 200),
    ("wrong-count", 200), ("invalid-chars", 200), ("billion-laughs", 200), ("slow", 200),
])
def test_a_fault_is_played_as_often_as_it_was_ordered(exchange, kind, status):
    before = exchange.stats()["faults"]
    exchange.fault(kind, count=2, delay=1 if kind == "slow" else None)
    for _ in range(2):
        assert ask(exchange, "alice@example.com").status == status
    assert exchange.stats()["faults"] == before + 2
    answer = ask(exchange, "alice@example.com")
    assert answer.status == 200 and answer.codes() == ["NoError"]


def test_server_busy_names_the_pause(exchange):
    for backoff in ("297749", "-1", "soon"):
        exchange.fault("server-busy", backoff=backoff)
        answer = ask(exchange, "alice@example.com")
        assert answer.fault == "ErrorServerBusy"
        assert answer.xml.findtext(f".//{E}ResponseCode") == "ErrorServerBusy"
        value = answer.xml.find(f".//{T}MessageXml/{T}Value")
        assert (value.get("Name"), value.text) == ("BackOffMilliseconds", backoff)


def test_a_fault_may_have_any_code(exchange):
    exchange.fault("fault", code="ErrorMailboxStoreUnavailable")
    assert ask(exchange, "alice@example.com").fault == "ErrorMailboxStoreUnavailable"


def test_retry_after_is_what_was_ordered(exchange):
    for kind, text in (("503", "120"), ("429", "Sat, 21 Nov 2026 10:00:00 GMT")):
        exchange.fault(kind, retry_after=text)
        assert ask(exchange, "alice@example.com").headers["Retry-After"] == text
    exchange.fault("503", retry_after="")
    assert ask(exchange, "alice@example.com").headers["Retry-After"] is None


def test_a_fault_may_be_for_one_mailbox(exchange):
    exchange.fault("503", mailbox="Alice@example.com")
    assert ask(exchange, "bob@example.com").status == 200
    assert ask(exchange, "bob@example.com", "alice@example.com").status == 503
    assert ask(exchange, "alice@example.com").status == 200


def test_faults_last_until_they_are_cleared(exchange):
    exchange.fault("503", count=-1)
    assert {ask(exchange, "alice@example.com").status for _ in range(5)} == {503}
    exchange.no_faults()
    assert ask(exchange, "alice@example.com").status == 200


def test_a_wrong_count_is_one_answer_less(exchange):
    exchange.fault("wrong-count")
    assert len(ask(exchange, "a@example.com", "b@example.com").mailboxes) == 1


def test_hostile_answers_are_hostile(exchange):
    exchange.mailbox("alice@example.com")
    exchange.fault("invalid-chars")
    answer = ask(exchange, "alice@example.com")
    assert b"&#x0;" in answer.body
    with pytest.raises(etree.XMLSyntaxError):
        _ = answer.xml
    exchange.fault("billion-laughs")
    assert b"<!DOCTYPE" in ask(exchange, "alice@example.com").body


@pytest.mark.parametrize("tls", [False, True])
def test_a_cut_body_ends_in_the_middle(exchange, tls):
    exchange.fault("cut-body")
    reads = exchange.stats("alice@example.com")["mailbox"]["reads"]
    with closing(connect(exchange, tls)) as connection:
        with pytest.raises((http.client.IncompleteRead, ssl.SSLError)):
            post(exchange, request(["alice@example.com"]), connection)
    exchange.wait(ended=exchange.stats()["requests"])
    assert exchange.stats("alice@example.com")["mailbox"]["reads"] == reads


@pytest.mark.parametrize("tls", [False, True])
def test_a_slow_body_drips_but_is_whole(exchange, tls):
    exchange.fault("slow-body", delay=5, bytes=100)
    started = time.monotonic()
    with closing(connect(exchange, tls)) as connection:
        answer = post(exchange, request(["alice@example.com"]), connection)
    assert answer.codes() == ["NoError"]
    assert time.monotonic() - started >= 0.005 * (len(answer.body) // 100 - 1)


def test_an_oversized_body_is_as_long_as_ordered(exchange):
    exchange.fault("oversized", bytes=3000000)
    assert len(ask(exchange, "alice@example.com").body) == 3000000


def test_gzip_may_be_declared_and_not_true(exchange):
    exchange.fault("gzip-declared")
    answer = ask(exchange, "alice@example.com")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.body.startswith(b"<?xml")


def test_a_dropped_request_gets_no_answer(exchange):
    exchange.fault("drop")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(exchange, "alice@example.com")


def test_a_hanging_request_keeps_nobody_else_waiting(exchange):
    exchange.fault("hang")
    before = exchange.stats()
    hanging = connect(exchange, tls=True)
    hanging.request("POST", "/EWS/Exchange.asmx", request(["alice@example.com"]),
                    {"Content-Type": "text/xml", "Authorization": credentials()})
    exchange.wait(faults=before["faults"] + 1)
    assert ask(exchange, "alice@example.com").codes() == ["NoError"]
    assert exchange.stats()["in_flight"] == 1
    assert exchange.stats()["max_in_flight"] >= 2
    hanging.close()
    exchange.wait(ended=before["ended"] + 2)


# Commands

def test_a_wait_ends_when_its_condition_is_met(exchange):
    mailbox = exchange.stats("alice@example.com")["mailbox"]
    seen = []
    waiter = threading.Thread(target=lambda: seen.append(
        exchange.wait(mailbox="alice@example.com", reads=mailbox["reads"] + 2)))
    waiter.start()
    for _ in range(2):
        assert not seen
        ask(exchange, "alice@example.com")
    waiter.join(30)
    assert seen[0]["mailbox"]["reads"] == mailbox["reads"] + 2


def test_a_wait_that_is_never_met_times_out(exchange):
    with pytest.raises(CommandError, match="504"):
        exchange.wait(requests=10**9, timeout=1)
    with pytest.raises(CommandError, match="400"):
        exchange.wait(nonsense=1)


def test_times_may_be_relative(exchange):
    now = int(time.time())
    exchange.add("alice@example.com", "now-30", "+1m", "Busy")
    start, end, _ = ask(exchange, "alice@example.com", start=_text(now - 3600),
                        end=_text(now + 3600)).events()[0]
    seconds = [datetime.datetime.fromisoformat(text + "+00:00").timestamp()
               for text in (start, end)]
    assert 0 <= seconds[0] - (now - 30) <= 5
    assert seconds[1] - seconds[0] == 60


def test_an_event_can_be_cancelled_once(exchange):
    first = exchange.add("alice@example.com", f"{DAY}T01:00:00", "+1h")
    exchange.add("alice@example.com", f"{DAY}T02:00:00", "+1h")
    exchange.cancel(first)
    assert len(ask(exchange, "alice@example.com").events()) == 1
    with pytest.raises(CommandError):
        exchange.cancel(first)
    exchange.clear("alice@example.com")
    assert ask(exchange, "alice@example.com").events() == []


def test_a_mailbox_can_have_an_error(exchange):
    for code in ("ErrorNoFreeBusyAccess", "ErrorProxyRequestProcessingFailed"):
        exchange.mailbox("alice@example.com", error=code)
        answer = ask(exchange, "alice@example.com")
        assert (answer.codes(), answer.views()) == ([code], ["None"])
    exchange.mailbox("alice@example.com", error="")
    assert ask(exchange, "alice@example.com").codes() == ["NoError"]


def test_requests_are_kept_without_the_password(exchange):
    ask(exchange, "alice@example.com")
    kept = exchange.requests(last=1)[0]
    assert kept["body"] == request(["alice@example.com"])
    assert (kept["status"], kept["mailboxes"]) == (200, 1)
    assert kept["headers"]["Authorization"] == "Basic"


@pytest.mark.parametrize("line", [
    "nonsense", "mailbox", "mailbox a@b colour=red", "mailbox a@b view=All", "event a@b",
    "event a@b now", "event a@b now +1h Bored", "event a@b now+1y +1h Busy",
    "event a@b 2026-02-30T00:00:00Z +1h Busy", "event a@b now +1h Busy shiny",
    "event a@b now +99999999999999999999 Busy", "# " + "x" * 2000,
])
def test_a_wrong_line_of_a_calendar_file_is_named(exchange, line):
    with pytest.raises(CommandError, match="line 3"):
        exchange.load(f"\n# a comment\n{line}\n")


def test_a_calendar_file_is_loaded_at_the_start(tmp_path):
    lines = ("mailbox bob@example.com view=FreeBusyMerged\r\n"
             f"event bob@example.com {DAY}T01:00:00Z +1h OOF recurring location=X subject=A b\n"
             f"event bob@example.com {DAY}T03:00:00+01:00 {DAY}T03:00:00Z Busy private")
    with Exchange(tmp_path, calendar=lines, user=None, tls=False) as exchange:
        answer = post(exchange, request(["bob@example.com"]), Authorization=None)
        assert answer.events() == [(f"{DAY}T01:00:00", f"{DAY}T02:00:00", "OOF"),
                                   (f"{DAY}T02:00:00", f"{DAY}T03:00:00", "Busy")]
        assert answer.views() == ["FreeBusy"]


def test_it_comes_back_on_the_same_ports(tmp_path):
    with Exchange(tmp_path, calendar="mailbox bob@example.com\n") as exchange:
        urls = (exchange.http_url, exchange.https_url)
        exchange.password("another")
        assert exchange.stop() == 0
        exchange.start()
        assert (exchange.http_url, exchange.https_url) == urls
        answer = post(exchange, request(["bob@example.com"]),
                      Authorization=credentials(password="another"))
        assert answer.codes() == ["NoError"]


def test_it_ends_when_its_parent_does(tmp_path):
    with Exchange(tmp_path, tls=False) as exchange:
        exchange._process.stdin.close()
        assert exchange._process.wait(30) == 0


# The schema

def body_of(text):
    return etree.fromstring(text).find(f"{S}Body")[0]


@needs_shared
def test_every_answer_and_every_request_is_valid(exchange, schema):
    """All views, errors, zones and states, checked apart from the simulator's own check."""
    for i, busy in enumerate(("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData")):
        exchange.add("alice@example.com", f"{DAY}T0{i}:00:00", "+1h", busy,
                     subject="\u2603 <&>\x01", location="Room", private=i % 2)
    for row in (SHARED / "ews" / "codes.tsv").read_text().splitlines()[:80:4]:
        if row.startswith("Error") and row.endswith("yes"):
            exchange.mailbox(row.split("\t")[0] + "@example.com", error=row.split("\t")[0])
    addresses = ["alice@example.com", "nobody@example.com", "no-at-sign",
                 "ErrorADUnavailable@example.com"]
    for view in ("MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"):
        for zone in (UTC, BERLIN):
            sent = request(addresses, view=view, zone=zone)
            schema.assertValid(body_of(sent.encode()))
            schema.assertValid(body_of(post(exchange, sent).body))


@needs_shared
def test_the_simulator_notices_what_its_reader_would_let_pass(exchange):
    sent = request(["alice@example.com"]).replace("<t:Bias>0</t:Bias>", "<t:Bias>+0.0</t:Bias>")
    assert post(exchange, sent).fault == "ErrorSchemaValidation"
    assert "Bias" in exchange.stats()["last_error"]


def corpus_requests():
    index = CORPUS / "INDEX.tsv"
    if not index.exists():
        return []
    rows = [line.split("\t") for line in index.read_text(encoding="utf-8").splitlines()]
    return [row[0] for row in rows if row[1] == "GetUserAvailabilityRequest"]


@needs_shared
@pytest.mark.parametrize("name", corpus_requests())
def test_requests_of_the_corpus_are_answered_as_the_schema_judges_them(exchange, schema, name):
    sent = (CORPUS / name).read_bytes()
    valid = schema.validate(body_of(sent))
    answer = post(exchange, sent)
    if valid:
        assert answer.status == 200
        assert set(answer.codes()) <= {"ErrorMailRecipientNotFound", "NoError"}
        schema.assertValid(body_of(answer.body))
    else:
        assert answer.fault == "ErrorSchemaValidation"


def _text(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%S")
