"""Calendars in Exchange Online, read by Microsoft Graph."""

import base64
import os

import pytest

from calendars import soon
from conftest import only
from graph import Graph
from issuer import SECRET
from pki import RSA, Authority
from record import poll
from test_meetings import MEETING, assert_on_time, watched

pytestmark = only("prosody")  # the IM server has no part in it

SUBJECT = "SUBJECT-CANARY-of-a-stranger"
PLACE = "PLACE-CANARY-behind-the-wall"


@pytest.fixture
def exchange():
    """Exchange Online, in the place of an Exchange of one's own."""
    with Graph() as graph:
        yield graph
        graph.assert_well_spoken()


@pytest.fixture
def seen(calpresence, people, contacts):
    """seen(...) runs a daemon with alice, whom bob sees; daemon, alice, bob's client."""

    def make(**changes):
        daemon = calpresence(publish={"modes": ["component"]}, **changes).run()
        alice, bob = people("alice"), people("bob")
        return daemon, alice, watched(alice, contacts(alice, bob))

    return make


def test_a_meeting_starts_and_ends_on_the_second(seen, exchange):
    daemon, alice, (at_alice, at_bob) = seen()
    at_alice.present("away", "At lunch")
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2, subject=SUBJECT, location=PLACE)
    assert_on_time(at_bob.wait_seen(alice.contact, *MEETING), start)
    assert_on_time(at_bob.wait_seen(alice.contact, "away", "At lunch"), start + 2)
    state = daemon.gateway()
    assert state["health"] == "up" and state["endpoint"] == exchange.url
    [form] = exchange.issuer.asked
    assert form["scope"] == "https://graph.microsoft.com/.default"


def test_the_first_reading_is_at_once_and_the_next_a_minute_later(seen, exchange):
    daemon, alice, _ = seen(gateway={"poll_interval": None})
    daemon.wait_calendar(alice.jid, "free")
    assert exchange.mailbox(alice.mailbox).reads == 1
    assert 60 <= daemon.gateway()["reached_interval"] < 120


@pytest.mark.parametrize("status, state", [
    ("oof", "oof"), ("tentative", "tentative"), ("workingElsewhere", "elsewhere"),
    ("free", "free"), ("unknown", "nodata")])
def test_what_graph_calls_a_time_is_what_it_is(seen, exchange, status, state):
    daemon, alice, _ = seen()
    daemon.wait_calendar(alice.jid, "free")
    exchange.add(alice.mailbox, soon(-600), soon(3600), status)
    daemon.wait_calendar(alice.jid, state)


def memory_of(pid):
    """All that a process can write to, which is all that it may have kept."""
    found = []
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(
            f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            area, rights = line.split()[:2]
            first, last = (int(place, 16) for place in area.split("-"))
            if not rights.startswith("rw"):
                continue
            try:
                mem.seek(first)
                found.append(mem.read(last - first))
            except OSError:
                pass  # an area that has nothing behind it
    return b"".join(found)


def test_what_meetings_are_about_is_kept_nowhere(seen, exchange, monkeypatch):
    # Where functions are bound late, as in a build for tests, the linker saves the registers
    # of vectors to the stack, with what was copied last in them.
    if "CALPRESENCE_PLAIN" not in os.environ:
        pytest.skip("CALPRESENCE_PLAIN names no build without sanitizers")
    monkeypatch.setenv("CALPRESENCE_BIN", os.environ["CALPRESENCE_PLAIN"])
    daemon, alice, (_, at_bob) = seen(
        calendar={"automatic_replies": True, "replies_interval": 900}, log={"level": "debug"})
    for i in range(30):
        exchange.add(alice.mailbox, soon(-600), soon(3600), subject=f"{SUBJECT}-{i}",
                     location=f"{PLACE}-{i}")
    exchange.wait(alice.mailbox, reads=2)
    at_bob.wait_seen(alice.contact, *MEETING)
    poll(lambda: exchange.mailbox(alice.mailbox).replies_reads, what="automatic replies")
    exchange.clear(alice.mailbox)
    at_bob.wait_seen(alice.contact, "available")
    said = [daemon.output(), str(daemon.status()), str(daemon.why(alice.jid))]
    said += [path.read_bytes().decode("latin-1") for path in daemon.folder.glob("*.db*")]
    for text in said:
        assert "CANARY" not in text
    for pid in (daemon.pid, *daemon.worker_pids()):
        memory = memory_of(pid)
        for word in (b"SUBJECT-CANARY", b"PLACE-CANARY", b"REPLY-TEXT-CANARY"):
            at = memory.find(word)
            assert at < 0, f"{pid}: {memory[max(0, at - 200):at + 100]}"


def test_one_who_is_unknown_is_no_matter_of_the_others(calpresence, exchange, people, contacts):
    daemon = calpresence().run()
    alice, bob, carol = people("alice"), people("bob"), people("carol")
    exchange.remove(carol.mailbox)
    watched(alice, contacts(alice, bob))
    _, at_bob = contacts(carol, bob)
    at_bob.subscribe(carol.contact)
    daemon.wait_calendar(alice.jid, "free")
    daemon.wait_why(carol.jid, lambda w: "5009" in str(w), "an error")
    exchange.wait(alice.mailbox, reads=2)


@pytest.mark.parametrize("refusal", [
    (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
    (404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is "
     "hosted on-premise.")])
def test_who_cannot_be_asked_as_is_read_all_the_same(
    calpresence, exchange, people, contacts, refusal
):
    alice, bob = people("alice"), people("bob")
    exchange.mailbox(alice.mailbox).refusal = refusal
    daemon = calpresence().run()
    watched(alice, contacts(alice, bob))
    at_alice, _ = contacts(bob, alice)
    assert at_alice
    at_alice.subscribe(bob.contact)
    daemon.wait_calendar(alice.jid, "free")
    exchange.wait(bob.mailbox, calls=1)  # there is another from now on
    before = exchange.mailbox(alice.mailbox).calls
    exchange.wait(bob.mailbox, calls=3)
    assert exchange.mailbox(alice.mailbox).calls == before
    daemon.wait_gateway(lambda g: g["health"] == "up", "up")


def test_without_the_right_it_says_so(calpresence, exchange, people, contacts):
    alice, bob = people("alice"), people("bob")
    denied = (403, "ErrorAccessDenied", "Access to OData is disabled.")
    for one in (alice, bob):
        exchange.mailbox(one.mailbox).refusal = denied
    daemon = calpresence().run()
    watched(alice, contacts(alice, bob))
    state = daemon.wait_gateway(lambda g: g["fault"] == "authz", "the fault authz")
    assert "Calendars.ReadBasic" in state["gateways"][0]["text"]
    exchange.mailbox(alice.mailbox).refusal = None
    exchange.mailbox(bob.mailbox).refusal = None


def test_a_token_that_was_revoked_is_replaced(seen, exchange):
    daemon, alice, _ = seen()
    daemon.wait_calendar(alice.jid, "free")
    exchange.forget_tokens()
    exchange.wait(alice.mailbox, reads=2)
    assert len(exchange.issuer.asked) == 2
    assert daemon.gateway()["health"] == "up"


def test_what_a_challenge_wants_is_in_the_next_token_alone(seen, exchange):
    daemon, alice, _ = seen()
    daemon.wait_calendar(alice.jid, "free")
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1796083200"}}}'
    coded = base64.b64encode(claims.encode()).decode()
    exchange.fault(401, **{"WWW-Authenticate": 'Bearer realm="", authorization_uri="https://'
                           f'127.0.0.1:1/", error="insufficient_claims", claims="{coded}"'})
    exchange.wait(alice.mailbox, reads=2)
    exchange.forget_tokens()
    exchange.wait(alice.mailbox, reads=2)
    assert [form.get("claims") for form in exchange.issuer.asked] == [None, claims, None]


def test_a_redirection_is_not_followed(seen, exchange):
    daemon, alice, _ = seen()
    daemon.wait_calendar(alice.jid, "free")
    exchange.fault(302, Location="https://127.0.0.1:1/evil")
    state = daemon.wait_gateway(lambda g: g["fault"] == "config", "the fault config")
    assert "never followed" in state["gateways"][0]["text"]


@pytest.mark.parametrize("status, body, headers", [
    (503, b"", {"Retry-After": "1"}),
    (504, b"<html>Gateway Timeout</html>", {"Content-Type": "text/html"}),
    (200, b"{\"value\":[{\"scheduleId\":\"", {"Content-Type": "application/json"}),
    (200, b"{\"value\":[]}", {"Content-Type": "application/json"}),
    (429, b"", {"Retry-After": "1.2"}),
], ids=["503", "504", "cut-off", "nobody", "429"])
def test_no_failure_makes_anybody_free(seen, exchange, status, body, headers):
    daemon, alice, (_, at_bob) = seen()
    exchange.add(alice.mailbox, soon(-600), soon(3600), subject=SUBJECT)
    at_bob.wait_seen(alice.contact, *MEETING)
    mark = at_bob.presences.mark()
    exchange.fault(status, body, **headers)
    poll(lambda: not exchange.faults_left(), what="the failure")
    assert daemon.why(alice.jid)["calendar"]["state"] == "busy"
    assert not [p for p in at_bob.presences.items(mark) if p.show == "available"]


def test_what_graph_grants_is_kept_to(seen, exchange):
    daemon, alice, _ = seen()
    daemon.wait_calendar(alice.jid, "free")
    exchange.throttle(requests=3, seconds=4)
    exchange.wait(alice.mailbox, reads=6, timeout=60)
    refused = [status for operation, _, status in exchange.requests
               if operation == "getschedule" and status == 429]
    assert 1 <= len(refused) <= 4
    assert exchange.mailbox(alice.mailbox).most_in_flight <= 2
    assert daemon.gateway()["health"] in ("up", "waiting")


def test_automatic_replies_are_out_of_office_on_the_second(
    calpresence, exchange, people, contacts
):
    alice, bob = people("alice"), people("bob")
    start = soon(6)
    exchange.replies(alice.mailbox, "scheduled", start, start + 2)
    daemon = calpresence(calendar={"automatic_replies": True, "replies_interval": 900}).run()
    _, at_bob = watched(alice, contacts(alice, bob))
    assert_on_time(at_bob.wait_seen(alice.contact, "away", "Out of office"), start)
    assert_on_time(at_bob.wait_seen(alice.contact, "available"), start + 2)
    assert "REPLY-TEXT" not in daemon.output()


def test_replies_without_the_right_leave_calendars_alone(seen, exchange):
    body = b'{"responses":[{"id":"0","status":403,"body":{"error":{"code":"ErrorAccessDenied"}}}]}'
    exchange.fault(200, body, count=50, operation="batch", **{"Content-Type": "application/json"})
    daemon, alice, _ = seen(calendar={"automatic_replies": True, "replies_interval": 900})
    daemon.wait_log("MailboxSettings.Read")
    daemon.wait_calendar(alice.jid, "free")
    assert daemon.gateway()["health"] == "up"


def test_many_are_asked_for_twenty_at_a_time(calpresence, exchange, people, contacts, login):
    everybody = [people("many") for _ in range(45)]
    daemon = calpresence(gateway={"poll_interval": 60},
                         publish={"modes": ["component"], "watchers": "domain"}).run()
    clients = [login(one).present() for one in everybody]
    for one in everybody[1:]:
        clients[0].subscribe(one.contact)
    clients[1].subscribe(everybody[0].contact)
    for one in everybody:
        poll(lambda one=one: exchange.mailbox(one.mailbox).reads, what=one.mailbox)
    assert not exchange.schemas.errors
    assert daemon.gateway()["health"] == "up" and SECRET not in daemon.output()


def test_a_certificate_proves_the_application(calpresence, people, contacts, tmp_path):
    certificate, key = Authority(tmp_path).issue(
        "application", extensions=["basicConstraints=CA:FALSE"], key=RSA)
    with Graph(application=certificate) as graph:
        daemon = calpresence(gateway=graph.gateway() | {
            "client_secret": None, "certificate_file": str(certificate), "key_file": str(key)})
        alice, bob = people("alice"), people("bob")
        graph.create(alice.mailbox, bob.mailbox)
        daemon.run()
        watched(alice, contacts(alice, bob))
        daemon.wait_calendar(alice.jid, "free")
        assert "client_secret" not in graph.issuer.asked[0]
        daemon.stop()
        graph.assert_well_spoken()
