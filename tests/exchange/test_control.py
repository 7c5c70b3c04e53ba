"""The commands under /sim/, the calendar file, start and end."""

import datetime
import threading
import time

import pytest
from soap_client import DAY, ask, credentials, impersonating, post, request

from exchange import CommandError, Exchange


def text_of(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%S")


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
    start, end, _ = ask(exchange, "alice@example.com", start=text_of(now - 3600),
                        end=text_of(now + 3600)).events()[0]
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


def test_a_token_lets_in_and_may_have_to_speak_for_someone(exchange):
    body = request(["alice@example.com"])
    assert post(exchange, body, Authorization="Bearer t").status == 401
    exchange.command("token", value="t")
    assert post(exchange, body, Authorization="Bearer t").codes() == ["NoError"]
    refused = post(exchange, body, Authorization="Bearer u")
    assert refused.status == 401
    assert 'error_category="invalid_token"' in refused.headers["x-ms-diagnostics"]
    exchange.command("token", value="t", speaks_for=1)
    assert post(exchange, body, Authorization="Bearer t").fault == "ErrorImpersonateUserDenied"
    for name, fault in (("alice", None), ("nobody", "ErrorNonExistentMailbox")):
        answer = post(exchange, impersonating(body, f"{name}@example.com"),
                      Authorization="Bearer t",
                      X_AnchorMailbox=f"{name}@example.com")
        assert answer.fault == fault
    exchange.command("token", value="")


def test_impersonation_may_be_denied(exchange):
    sent = impersonating(request(["bob@example.com"]), "alice@example.com")
    assert post(exchange, sent).status == 200
    exchange.command("impersonation", allowed=0)
    assert post(exchange, sent).fault == "ErrorImpersonateUserDenied"
    assert ask(exchange, "bob@example.com").status == 200
    exchange.command("impersonation", allowed=1)
    exchange.mailbox("alice@example.com", error="ErrorImpersonationFailed")
    assert post(exchange, sent).fault == "ErrorImpersonationFailed"
    empty = impersonating(request(["bob@example.com"]), "")
    assert post(exchange, empty).fault == "ErrorInvalidExchangeImpersonationHeaderData"


def test_requests_are_counted_by_operation(exchange):
    name = "GetUserAvailability"
    before = exchange.stats("alice@example.com")
    ask(exchange, "alice@example.com", "bob@example.com")
    ask(exchange, "bob@example.com")
    after = exchange.wait(mailbox="alice@example.com", **{
        name: before["mailbox"]["operations"][name] + 1})
    assert after["operations"][name] == before["operations"][name] + 2
    assert exchange.wait(**{name: after["operations"][name]})
    assert exchange.requests(last=1)[0]["operation"] == name


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
