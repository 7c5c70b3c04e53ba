"""What servers do that are overloaded, one of many, or another vendor's."""

import re
import urllib.parse
from contextlib import closing

import pytest
from soap_client import (DAY, M, PASSWORD, SHARED, T, ask, connect, envelope, impersonating, post,
                         request)
from test_items import find
from test_replies import tips
from test_streaming import ALICE, BOB, Stream, opened, subscribe, subscription

GONE = "gone@example.com"
RECORDINGS = SHARED / "faults" / "other-server"


@pytest.fixture(name="unfriendly")
def make_unfriendly(exchange):
    """A simulator at its most unlike Exchange."""
    exchange.mailbox(BOB, error="")
    exchange.command("restart")
    exchange.command("unfriendly", on=1)
    yield exchange
    exchange.command("unfriendly", on=0)
    exchange.command("restart")


@pytest.fixture(name="farm")
def make_farm(exchange):
    """A simulator where bob is on another server than alice."""
    exchange.mailbox(BOB, error="", server="EXCH02")
    yield exchange
    exchange.command("servers", names="")
    exchange.command("health", server="EXCH02", busy=0)
    exchange.mailbox(BOB, server="")


# ------------------------------------------------------------------ many servers


def test_one_of_three_servers_may_refuse_every_log_on(farm):
    farm.command("servers", names="EX1,EX2,EX3", refusing="EX2")
    before = farm.stats()["logon_failures"]
    seen = {}
    for _ in range(3):
        with closing(connect(farm)) as connection:
            answers = [post(farm, request([ALICE]), connection) for _ in range(2)]
        [server] = {answer.headers["X-FEServer"] for answer in answers}
        [seen[server]] = {answer.status for answer in answers}
    assert seen == {"EX1": 200, "EX2": 401, "EX3": 200}
    assert farm.stats()["logon_failures"] == before + 2


def test_a_server_in_bad_health_is_busy_for_its_mailboxes_alone(farm):
    farm.command("health", server="EXCH02", busy=1, backoff="0")
    for name, code in ((ALICE, None), (BOB, "ErrorServerBusy")):
        answer = post(farm, impersonating(request([ALICE]), name))
        assert answer.fault == code
        if code is not None:
            [value] = answer.xml.iter(f"{T}Value")
            assert (value.get("Name"), value.text) == ("BackOffMilliseconds", "0")
    assert ask(farm, ALICE, BOB).codes() == ["NoError", "ErrorServerBusy"]
    farm.command("health", server="EXCH02", busy=0)
    assert ask(farm, ALICE, BOB).codes() == ["NoError", "NoError"]


def test_several_mailboxes_may_make_every_request_fail_that_has_them(exchange):
    for name in (BOB, GONE):
        exchange.fault("asp-500", count=-1, mailbox=name)
    statuses = [ask(exchange, *names).status for names in ((ALICE,), (ALICE, BOB), (GONE,))]
    assert statuses == [200, 500, 500]


def test_a_status_may_come_with_diagnostics(exchange):
    exchange.fault("403", diagnostics='4000001;reason="EWS is off."')
    assert ask(exchange, ALICE).headers["x-ms-diagnostics"] == '4000001;reason="EWS is off."'


def test_an_error_may_have_a_text_of_its_own(exchange):
    exchange.mailbox(ALICE, error="ErrorProxyRequestProcessingFailed", text="HTTP status 403")
    assert ask(exchange, ALICE).xml.findtext(f".//{M}MessageText") == "HTTP status 403"
    exchange.mailbox(ALICE, error="ErrorMailboxFailover")
    assert "403" not in ask(exchange, ALICE).xml.findtext(f".//{M}MessageText")


# ------------------------------------------------------------------ streams


@pytest.fixture(name="streaming")
def make_streaming(exchange):
    exchange.mailbox(BOB, error="")
    exchange.command("restart")
    yield exchange
    exchange.command("streaming", expires=0, own=0, lazy=0, heartbeat=45000, connections=10)
    exchange.command("restart")


def pass_time(exchange):
    """For as long as a slow request takes."""
    exchange.fault("slow", delay=20)
    ask(exchange, ALICE)


def test_a_subscription_without_a_stream_expires(streaming):
    name = subscription(streaming, ALICE)
    ended = streaming.stats()["streams_ended"]
    with closing(opened(streaming, name)):
        streaming.command("streaming", expires=1, by_schema=1)
        other = subscription(streaming, BOB)
        pass_time(streaming)
        with closing(Stream(streaming, other)) as late:
            assert late.error() == ("ErrorSubscriptionNotFound", [other])
        assert streaming.stats()["subscriptions"] == 1
    streaming.wait(streams_ended=ended + 2)
    pass_time(streaming)
    with closing(Stream(streaming, name)) as late:
        assert late.error() == ("ErrorSubscriptionNotFound", [name])


def test_a_subscription_may_be_that_of_whom_was_impersonated(streaming):
    streaming.command("streaming", own=1, by_schema=1)
    names = [subscription(streaming, ALICE), subscription(streaming, BOB)]
    with closing(Stream(streaming, *names)) as stream:
        assert stream.error() == ("ErrorInvalidSubscription", [names[1]])
    with closing(opened(streaming, names[1], mailbox=BOB)):
        pass


def test_that_a_client_has_left_may_be_noticed_late(streaming):
    streaming.command("streaming", lazy=1, connections=1, by_schema=1)
    name = subscription(streaming, ALICE)
    ended = streaming.stats()["streams_ended"]
    opened(streaming, name).close()
    with closing(Stream(streaming, name)) as second:
        assert second.error() == ("ErrorExceededConnectionCount", [])
    assert streaming.stats()["streams"] >= 1
    streaming.add(ALICE, "now+1h", "+1h")  # something to say
    streaming.wait(streams_ended=ended + 2)
    with closing(opened(streaming, name)):
        pass


# ------------------------------------------------------------------ mail tips


def test_tips_may_be_pending(exchange):
    exchange.oof(ALICE, "Enabled")
    exchange.mailbox(ALICE, pending=1)
    answer = tips(exchange, ALICE)
    assert answer.xml.findtext(f".//{T}PendingMailTips") == "OutOfOfficeMessage"
    assert "fishing" not in answer.body.decode()
    exchange.mailbox(ALICE, pending=0)
    assert "fishing" in tips(exchange, ALICE).body.decode()


# ------------------------------------------------------------------ another vendor


def test_faults_have_status_200_and_a_bare_code(unfriendly):
    unfriendly.fault("fault", code="ErrorInternalServerError")
    answer = ask(unfriendly, ALICE)
    assert answer.status == 200
    assert answer.xml.findtext(".//faultcode") == "ErrorInternalServerError"
    assert answer.xml.find(".//detail") is None


def test_entries_come_in_no_order_and_from_outside(unfriendly):
    for hour in (1, 2, 14):
        unfriendly.add(ALICE, f"{DAY}T{hour:02}:00:00Z", "+1h")
    answer = ask(unfriendly, ALICE)
    assert [start for start, _, _ in answer.events()] == [
        f"{DAY}T{hour:02}:00:00+0100" for hour in (15, 3, 2)]


def test_nothing_is_an_empty_array_and_nobody_an_error_of_its_own(unfriendly):
    answer = ask(unfriendly, ALICE, "nobody@example.com")
    assert answer.codes() == ["NoError", "ErrorCannotFindUser"]
    [array] = answer.xml.iter(f"{T}CalendarEventArray")
    assert len(array) == 0


def test_a_view_and_a_state_may_have_names_of_no_schema(exchange):
    exchange.add(ALICE, f"{DAY}T01:00:00Z", "+1h", "InTransit")
    exchange.command("unfriendly", on=0, view="Sketch")
    answer = ask(exchange, ALICE)
    assert answer.views() == ["Sketch"]
    assert [busy for _, _, busy in answer.events()] == ["InTransit"]
    exchange.command("unfriendly", on=0)


def test_series_are_not_expanded(unfriendly):
    unfriendly.add(ALICE, f"{DAY}T01:00:00Z", "+1h", recurring=1)
    assert not list(find(unfriendly).xml.iter(f"{T}CalendarItem"))
    assert len(ask(unfriendly, ALICE).events()) == 1


def test_tips_are_a_stub(unfriendly):
    unfriendly.oof(ALICE, "Enabled")
    answer = tips(unfriendly, ALICE)
    assert answer.xml.findtext(f".//{T}OofState") == "Disabled"
    assert answer.xml.find(f".//{T}ReplyBody") is None


def test_one_stream_has_many_of_the_accounts_own(unfriendly):
    """Where nobody is impersonated, and the folder names the mailbox."""
    def delegated(name):
        folder = ('<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>'
                  f"{name}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>")
        body = envelope(
            f"<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>{folder}</t:FolderIds>"
            "<t:EventTypes><t:EventType>CreatedEvent</t:EventType></t:EventTypes>"
            "</m:StreamingSubscriptionRequest></m:Subscribe>")
        return post(unfriendly, body).xml.findtext(f".//{M}SubscriptionId")

    names = [delegated(ALICE), delegated(BOB)]
    body = envelope(
        "<m:GetStreamingEvents><m:SubscriptionIds>"
        + "".join(f"<t:SubscriptionId>{name}</t:SubscriptionId>" for name in names)
        + "</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout>"
        "</m:GetStreamingEvents>")
    unfriendly.command("streaming", connection=1)
    answer = post(unfriendly, body)
    unfriendly.command("streaming", connection=0)
    assert b"ConnectionStatus>OK<" in answer.body


# ------------------------------------------------------------------ what a live one said


def shape(element):
    """The names, in their namespaces and their order, each once."""
    names = []
    for each in element.iter():
        if each.tag not in names:
            names.append(each.tag)
    return names


def recorded(name):
    from lxml import etree  # pylint: disable=import-outside-toplevel
    text = (RECORDINGS / f"{name}.response.txt").read_text(encoding="utf-8")
    return etree.fromstring(re.search(r"<\?xml.*</SOAP:Envelope>", text, re.S)[0].encode())


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"no {RECORDINGS}")
@pytest.mark.parametrize("name", ["F6-GetMailTips", "G-FindItem-no-series", "F4-unknown-mailbox",
                                  "F1-stream-of-four-subscriptions"])
def test_it_is_told_apart_from_a_live_one_by_nothing_but_its_values(unfriendly, name):
    unfriendly.add(ALICE, f"{DAY}T01:00:00Z", "+1h")
    if name.startswith("F6"):
        said = tips(unfriendly, ALICE).xml
    elif name.startswith("G"):
        unfriendly.clear(ALICE)
        said = find(unfriendly).xml
    elif name.startswith("F4"):
        said = ask(unfriendly, ALICE, BOB, "ghost@example.com", view="FreeBusy").xml
    else:
        names = [subscription(unfriendly, each) for each in (ALICE, BOB)]
        with closing(Stream(unfriendly, *names)) as stream:
            said = stream.next()
    assert shape(said) == shape(recorded(name))
