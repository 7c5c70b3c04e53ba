"""Subscribe, Unsubscribe and GetStreamingEvents."""

import http.client
import re
import time
from contextlib import closing

import pytest
from lxml import etree
from soap_client import (M, SHARED, T, XSD, connect, credentials, envelope, impersonating, post)

EVENTS = ("CreatedEvent", "ModifiedEvent", "DeletedEvent", "MovedEvent", "FreeBusyChangedEvent")
ALICE, BOB = "alice@example.com", "bob@example.com"
DOCUMENT_END = re.compile(rb"</(?:\w+:)?Envelope>")
SAMPLES = SHARED / "ews" / "corpus" / "synthetic" / "stream"


def subscribe(exchange, mailbox, events=EVENTS, folder='<t:DistinguishedFolderId Id="calendar"/>',
              **headers):
    types = "".join(f"<t:EventType>{event}</t:EventType>" for event in events)
    body = envelope(f"<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>{folder}"
                    f"</t:FolderIds><t:EventTypes>{types}</t:EventTypes>"
                    "</m:StreamingSubscriptionRequest></m:Subscribe>")
    return post(exchange, impersonating(body, mailbox), **headers)


def subscription(exchange, mailbox, **options):
    return subscribe(exchange, mailbox, **options).xml.findtext(f".//{M}SubscriptionId")


def unsubscribe(exchange, name):
    return post(exchange, envelope(
        f"<m:Unsubscribe><m:SubscriptionId>{name}</m:SubscriptionId></m:Unsubscribe>")).codes()


class Stream:
    """An open GetStreamingEvents, read document by document."""

    def __init__(self, exchange, *names, minutes=1, mailbox=ALICE, **headers):
        ids = "".join(f"<t:SubscriptionId>{name}</t:SubscriptionId>" for name in names)
        body = envelope(f"<m:GetStreamingEvents><m:SubscriptionIds>{ids}</m:SubscriptionIds>"
                        f"<m:ConnectionTimeout>{minutes}</m:ConnectionTimeout>"
                        "</m:GetStreamingEvents>")
        self.connection = connect(exchange)
        sent = {"Content-Type": "text/xml", "Authorization": credentials()}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        self.connection.request("POST", "/EWS/Exchange.asmx", impersonating(body, mailbox), sent)
        self._response = None
        self.rest = b""

    @property
    def response(self):
        """With its headers, which come with the first bytes of the body."""
        if self._response is None:
            self._response = self.connection.getresponse()
        return self._response

    def text(self):
        """The next document as it comes; None at the end."""
        while not (end := DOCUMENT_END.search(self.rest)):
            more = self.response.read1(65536)
            if not more:
                assert not self.rest.strip()
                return None
            self.rest += more
        text, self.rest = self.rest[:end.end()], self.rest[end.end():]
        return text

    def next(self):
        text = self.text()
        return None if text is None else etree.fromstring(text)

    def status(self):
        """The next document, which has nothing but a status."""
        document = self.next()
        assert document.find(f".//{M}Notifications") is None
        return document.findtext(f".//{M}ConnectionStatus")

    def events(self):
        """(subscription, [event, ...]) of every notification of the next document."""
        return [(each.findtext(f"{T}SubscriptionId"),
                 [etree.QName(event).localname for event in each][1:])
                for each in self.next().iter(f"{M}Notification", f"{T}Notification")]

    def error(self):
        """The code and the ids that it is about; nothing follows."""
        document = self.next()
        message = document.find(f".//{M}GetStreamingEventsResponseMessage")
        assert message.get("ResponseClass") == "Error"
        assert message.findtext(f"{M}ConnectionStatus") == "Closed"
        assert self.next() is None
        return (message.findtext(f"{M}ResponseCode"),
                [each.text for each in message.iter(f"{T}SubscriptionId")])

    def close(self):
        self.connection.close()


def opened(exchange, *names, **options):
    stream = Stream(exchange, *names, **options)
    assert stream.status() == "OK"
    return stream


@pytest.fixture
def service(exchange):
    """A simulator where bob is as alice and nothing is left of the tests before."""
    exchange.mailbox(BOB, error="")
    exchange.command("restart")
    exchange.command("streaming", heartbeat=45000, connection=0, connections=10,
                     subscriptions=5000, chunk=0, together=0, by_schema=1, envelope2010=0,
                     silent=0, buffering=0)
    yield exchange
    exchange.command("streaming", silent=0)
    exchange.command("restart")
    errors = exchange.stats()
    assert (errors["answer_errors"], errors["schema_errors"]) == (0, 0), errors["last_error"]


def test_a_change_comes_as_several_events_of_its_mailbox_alone(service):
    alice, bob = subscription(service, ALICE), subscription(service, BOB)
    with closing(opened(service, alice, bob)) as stream:
        event = service.add(ALICE, "now+1h", "+1h")
        assert stream.events() == [(alice, ["CreatedEvent", "ModifiedEvent",
                                            "FreeBusyChangedEvent", "ModifiedEvent"])]
        service.add(BOB, "now+1h", "+1h")
        assert [name for name, _ in stream.events()] == [bob]
        service.cancel(event)
        assert stream.events() == [
            (alice, ["MovedEvent", "FreeBusyChangedEvent", "ModifiedEvent"])]
        assert service.stats()["notifications"] >= 3


def test_two_elements_are_in_another_namespace_than_the_schema_has_them(service):
    service.command("streaming", by_schema=0)
    name = subscription(service, ALICE)
    with closing(opened(service, name)) as stream:
        service.add(ALICE, "now+1h", "+1h")
        assert stream.next().find(f".//{M}Notifications/{M}Notification") is not None
    with closing(Stream(service, "unknown")) as stream:
        assert stream.next().findtext(f".//{M}ErrorSubscriptionIds/{M}SubscriptionId") == "unknown"


def test_only_the_events_that_are_wanted_come(service):
    name = subscription(service, ALICE, events=("DeletedEvent", "FreeBusyChangedEvent"))
    deaf = subscription(service, ALICE, events=("NewMailEvent",))
    with closing(opened(service, name, deaf)) as stream:
        service.add(ALICE, "now+1h", "+1h")
        assert stream.events() == [(name, ["FreeBusyChangedEvent"])]


def test_changes_without_a_stream_wait_for_it(service):
    name = subscription(service, ALICE)
    for _ in range(2):
        service.add(ALICE, "now+1h", "+1h")
    with closing(opened(service, name)) as stream:
        assert [len(events) for _, events in stream.events()] == [8]


def test_more_changes_than_a_subscription_holds_are_missed(service):
    name = subscription(service, ALICE)
    for _ in range(150):
        service.add(ALICE, "now+1h", "+1h")
    with closing(Stream(service, name)) as stream:
        assert stream.error() == ("ErrorMissedNotificationEvents", [name])


def test_a_stream_beats_and_closes_in_time(service):
    service.command("streaming", heartbeat=20, connection=100)
    name = subscription(service, ALICE)
    started = time.monotonic()
    with closing(opened(service, name)) as stream:
        beats = 0
        while (document := stream.next()).findtext(f".//{M}ConnectionStatus") is None:
            assert document.find(f".//{T}StatusEvent") is not None
            assert document.findtext(f".//{T}SubscriptionId") == name
            beats += 1
        assert document.findtext(f".//{M}ConnectionStatus") == "Closed"
        assert stream.next() is None
    assert beats > 0 and time.monotonic() - started >= 0.1
    assert service.stats()["heartbeats"] >= beats


def test_a_bad_subscription_ends_the_stream_of_all(service):
    good, dead = subscription(service, ALICE), subscription(service, BOB)
    assert service.command("subscription", error="ErrorExpiredSubscription", mailbox=BOB) == "1\n"
    with closing(Stream(service, good, dead, "unknown")) as stream:
        assert stream.error() == ("ErrorSubscriptionNotFound", [dead, "unknown"])
    with closing(opened(service, good)) as stream:
        service.command("subscription", error="ErrorReadEventsFailed")
        assert stream.error() == ("ErrorReadEventsFailed", [good])


def test_a_second_stream_takes_the_subscriptions_over(service):
    names = [subscription(service, ALICE), subscription(service, BOB)]
    with closing(opened(service, *names)) as first, closing(opened(service, names[1])) as second:
        assert first.error() == ("ErrorNewEventStreamConnectionOpened", names)
        service.add(BOB, "now+1h", "+1h")
        assert [name for name, _ in second.events()] == [names[1]]


def test_connections_and_subscriptions_are_limited(service):
    service.command("streaming", connections=1, subscriptions=1)
    alice, bob = subscription(service, ALICE), subscription(service, BOB)
    assert subscribe(service, ALICE).codes() == ["ErrorExceededSubscriptionCount"]
    with closing(opened(service, alice)), closing(Stream(service, bob)) as refused:
        assert refused.error() == ("ErrorExceededConnectionCount", [])
        with closing(opened(service, bob, mailbox=BOB)):
            assert service.stats()["streams"] >= 2
    assert unsubscribe(service, alice) == ["NoError"]
    assert unsubscribe(service, alice) == ["ErrorSubscriptionNotFound"]
    assert subscribe(service, ALICE).codes() == ["NoError"]
    assert service.stats()["subscriptions"] == 2


def test_who_may_not_subscribe_is_told_why(service):
    folder = ('<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>'
              f"{BOB}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>")
    assert subscribe(service, ALICE, folder=folder).codes() == [
        "ErrorSubscriptionDelegateAccessNotSupported"]
    service.mailbox(BOB, error="ErrorMailboxMoveInProgress")
    assert subscribe(service, BOB).codes() == ["ErrorMailboxMoveInProgress"]
    body = envelope("<m:Subscribe><m:StreamingSubscriptionRequest><t:EventTypes><t:EventType>"
                    "CreatedEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest>"
                    "</m:Subscribe>")
    assert post(service, body).fault == "ErrorNonExistentMailbox"
    service.fault("server-busy", operation="Subscribe", mailbox=ALICE)
    assert subscribe(service, ALICE).fault == "ErrorServerBusy"


def test_affinity_leads_to_the_server_that_has_the_subscription(service):
    service.mailbox(BOB)
    service.command("mailbox", address=BOB, server="EXCH02")
    prefers = {"X_AnchorMailbox": ALICE, "X_PreferServerAffinity": "true"}
    first = subscribe(service, ALICE, **prefers)
    cookie = first.headers["Set-Cookie"].partition(";")[0]
    assert cookie.startswith("X-BackEndOverrideCookie=EXCH01~")
    led = {**prefers, "Cookie": cookie}
    second = subscribe(service, BOB, **led)
    assert second.headers["Set-Cookie"] is None
    names = [each.xml.findtext(f".//{M}SubscriptionId") for each in (first, second)]
    stray = subscription(service, BOB)
    with closing(opened(service, *names, **led)):
        pass
    with closing(Stream(service, *names, stray, **led)) as stream:
        assert stream.error() == ("ErrorProxiedSubscriptionCallFailure", [stray])
    service.command("restart")
    assert subscribe(service, ALICE, **led).codes() == ["ErrorProxiedSubscriptionCallFailure"]


def test_a_restart_breaks_streams_and_forgets_subscriptions(service):
    name = subscription(service, ALICE)
    ended = service.stats()["streams_ended"]
    with closing(opened(service, name)) as stream:
        service.command("cut")
        with pytest.raises(http.client.IncompleteRead):
            stream.next()
    with closing(opened(service, name)) as stream:
        service.command("restart")
        with pytest.raises(http.client.IncompleteRead):
            stream.next()
    service.wait(streams_ended=ended + 2)
    assert service.stats()["streams"] == 0
    with closing(Stream(service, name)) as stream:
        assert stream.error() == ("ErrorSubscriptionNotFound", [name])


def test_a_client_that_leaves_ends_its_stream(service):
    ended = service.stats()["streams_ended"]
    opened(service, subscription(service, ALICE)).close()
    service.wait(streams_ended=ended + 1)


def test_chunks_may_end_anywhere(service):
    service.command("streaming", chunk=7, connection=30)
    with closing(Stream(service, subscription(service, ALICE))) as stream:
        sizes = []
        reading = stream.response
        while data := reading.read1(65536):
            sizes.append(len(data))
            stream.rest += data
    assert sizes[:7] == [1, 2, 3, 4, 5, 6, 7] and max(sizes) == 7
    assert len(DOCUMENT_END.findall(stream.rest)) == 2


def test_documents_may_come_together(service):
    service.command("streaming", together=3)
    with closing(Stream(service, subscription(service, ALICE))) as stream:
        for _ in range(2):
            service.add(ALICE, "now+1h", "+1h")
        assert len(DOCUMENT_END.findall(stream.response.read1(65536))) == 3


def test_the_envelope_may_be_that_of_2010(service):
    service.command("streaming", envelope2010=1, connection=30)
    with closing(Stream(service, subscription(service, ALICE))) as stream:
        assert stream.text().startswith(b"<Envelope xmlns=")
        assert stream.status() == "Closed"


def test_a_silent_stream_says_nothing_until_it_may(service):
    name = subscription(service, ALICE)
    service.command("streaming", silent=1, heartbeat=10)
    with closing(Stream(service, name)) as stream:
        service.wait(streams=1)
        service.add(ALICE, "now+1h", "+1h")
        service.command("streaming", silent=0, heartbeat=45000)
        assert stream.status() == "OK"
        assert [each for each, _ in stream.events()] == [name]


def test_a_buffered_stream_comes_at_its_end(service):
    service.command("streaming", buffering=1, connection=100)
    started = time.monotonic()
    with closing(Stream(service, subscription(service, ALICE))) as stream:
        assert [stream.status(), stream.status()] == ["OK", "Closed"]
    assert time.monotonic() - started >= 0.1


@pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no {SAMPLES}")
@pytest.mark.parametrize("chunk", [0, 7])
def test_samples_are_played_with_the_ids_of_the_stream(service, chunk):
    service.command("streaming", chunk=chunk)
    names = [subscription(service, ALICE), subscription(service, BOB)]
    for path in sorted(SAMPLES.glob("*.txt")):
        sample = path.read_bytes()
        service.command("replay", body=sample)
        with closing(Stream(service, *names)) as stream:
            for i, name in enumerate(names):
                sample = sample.replace(b"HABj%d" % (i + 1), name.encode())
            assert stream.response.read() == sample, path
    with closing(opened(service, *names)):
        pass


def requests_of_the_corpus():
    index = SHARED / "ews" / "corpus" / "INDEX.tsv"
    if not index.exists():
        return []
    rows = [line.split("\t") for line in index.read_text(encoding="utf-8").splitlines()]
    return [row[0] for row in rows if row[1] in ("Subscribe", "Unsubscribe", "GetStreamingEvents")]


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(str(XSD / "exchange2016" / "ews-body.xsd")))


@pytest.mark.skipif(not XSD.is_dir(), reason=f"no {XSD}")
@pytest.mark.parametrize("name", requests_of_the_corpus())
def test_requests_of_the_corpus_are_answered_as_the_schema_judges_them(exchange, schema, name):
    sent = (SHARED / "ews" / "corpus" / name).read_bytes()
    answer = post(exchange, sent)
    body = etree.fromstring(sent).find("{*}Body")[0]
    if not schema.validate(body):
        assert answer.fault == "ErrorSchemaValidation"
    elif answer.status == 500:
        assert answer.fault in ("ErrorInvalidRequest", "ErrorNonExistentMailbox")
    else:
        assert answer.codes() in (["NoError"], ["ErrorSubscriptionNotFound"])
        schema.assertValid(answer.xml.find("{*}Body")[0])
