"""Logging on with a token: how it is come by, renewed, refused."""

import subprocess
import urllib.parse

import pytest

from conftest import only
from issuer import CLIENT, SECRET, TENANT, Issuer
from notified import said
from pki import RSA, Authority
from record import poll
from test_meetings import watched

pytestmark = only("prosody")  # the IM server has no part in it


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """The certificate and the key of the application."""
    authority = Authority(tmp_path_factory.mktemp("application"))
    return authority.issue("application", extensions=["basicConstraints=CA:FALSE"], key=RSA)


@pytest.fixture
def issuer(exchange, application):
    tls = exchange.folder / "tls"
    one = Issuer(exchange, tls / "server.pem", tls / "server.key", application[0])
    yield one
    one.close()


@pytest.fixture
def configured(calpresence, issuer):
    """configured(client_secret=...) makes a daemon that logs on with a token."""

    def make(**gateway):
        basic = {"auth": "oauth2", "username": None, "password": None, "tenant": TENANT,
                 "authority": issuer.authority, "client_id": CLIENT}
        return calpresence(gateway=basic | gateway)

    return make


@pytest.fixture
def ask(configured, people, contacts):
    """ask(client_secret=...) runs it, with someone to read."""

    def make(**gateway):
        daemon = configured(**gateway).run()
        alice, bob = people("alice"), people("bob")
        watched(alice, contacts(alice, bob))
        return daemon, alice

    return make


def complaint(daemon, fault):
    state = daemon.wait_gateway(lambda g: g["fault"] == fault, f"the fault {fault}")
    return state["gateways"][0]["text"]


def test_a_secret_buys_a_token_for_many_requests(ask, exchange, issuer):
    daemon, alice = ask(client_secret=SECRET)
    daemon.wait_calendar(alice.jid, "free")
    exchange.wait(mailbox=alice.mailbox, reads=3)
    [form] = issuer.asked
    assert form["scope"] == "https://outlook.office365.com/.default"
    for request in exchange.requests():
        assert request["headers"]["Authorization"] == "Bearer"
        assert request["headers"]["X-AnchorMailbox"] == alice.mailbox
        assert f"<t:SmtpAddress>{alice.mailbox}</t:SmtpAddress>" in request["body"]


def test_a_signed_assertion_does_too(ask, application, issuer):
    certificate, key = application
    daemon, alice = ask(certificate_file=str(certificate), key_file=str(key))
    daemon.wait_calendar(alice.jid, "free")
    assert "client_secret" not in issuer.asked[0]


def test_a_wrong_secret_is_told_as_such(ask, exchange, issuer):
    daemon, _ = ask(client_secret="wrong")
    text = complaint(daemon, "auth")
    assert "client secret is wrong" in text and "Invalid client secret provided" in text
    assert "Trace ID" not in text
    assert exchange.stats()["requests"] == 0
    assert len(issuer.asked) == 1  # the next one is 5 s away


def test_an_unregistered_certificate_is_told_as_such(ask, issuer, tmp_path):
    other = Authority(tmp_path).issue("other", extensions=["basicConstraints=CA:FALSE"], key=RSA)
    daemon, _ = ask(certificate_file=str(other[0]), key_file=str(other[1]))
    assert "registered" in complaint(daemon, "auth")
    assert len(issuer.asked) == 1


def test_an_expired_certificate_never_leaves(ask, issuer, tmp_path):
    old = Authority(tmp_path).issue(
        "old", extensions=["basicConstraints=CA:FALSE"], key=RSA, days=-1)
    daemon, _ = ask(certificate_file=str(old[0]), key_file=str(old[1]))
    assert "expired at" in complaint(daemon, "auth")
    assert not issuer.asked


@pytest.mark.parametrize(
    "status, answer, fault, word",
    [
        (400, {"error": "invalid_client", "error_description": "AADSTS700024: Not in range."},
         "auth", "clock"),
        (400, {"error": "invalid_scope", "error_description": "AADSTS70011: Bad scope."},
         "config", "scope"),
        (503, b"busy", "connect", "HTTP 503"),
        (200, b"<html>Please log on</html>", "config", "no issuer"),
        (200, {"token_type": "Bearer", "access_token": "two\r\nlines"}, "config", "no issuer"),
    ],
    ids=["clock", "scope", "503", "page", "two-lines"],
)
def test_what_the_issuer_says_is_told(ask, exchange, issuer, status, answer, fault, word):
    issuer.orders += [(status, answer)]
    daemon, alice = ask(client_secret=SECRET)
    assert word in complaint(daemon, fault)
    assert exchange.stats()["requests"] == 0
    daemon.wait_calendar(alice.jid, "free")  # the next question is answered


def test_a_token_is_renewed_before_it_ends(ask, exchange, issuer):
    issuer.life_s = 5
    daemon, alice = ask(client_secret=SECRET)
    daemon.wait_calendar(alice.jid, "free")
    poll(lambda: len(issuer.asked) >= 3, what="two renewals")
    assert exchange.stats()["logon_failures"] <= 2  # one under way when the old one went
    assert daemon.gateway()["health"] == "up"


def test_a_token_that_exchange_refuses_is_replaced_once(ask, exchange, issuer):
    daemon, alice = ask(client_secret=SECRET)
    daemon.wait_calendar(alice.jid, "free")
    exchange.command("token", value="another")
    poll(lambda: len(issuer.asked) == 2, what="a second token")
    exchange.wait(mailbox=alice.mailbox, reads=exchange.stats(alice.mailbox)["mailbox"]["reads"] + 2)
    assert daemon.gateway()["health"] == "up"
    assert exchange.stats()["logon_failures"] <= 2


def test_a_refused_new_token_opens_the_breaker(ask, exchange, issuer):
    exchange.fault("401", count=-1)
    daemon, _ = ask(client_secret=SECRET)
    assert "token" in complaint(daemon, "auth")
    assert len(issuer.asked) == 2
    exchange.no_faults()
    daemon.wait_gateway(lambda g: g["health"] == "up", "the way back", 60)


def test_one_mailbox_that_cannot_be_impersonated_fails_alone(ask, exchange, people, contacts):
    daemon, alice = ask(client_secret=SECRET)
    daemon.wait_calendar(alice.jid, "free")
    carol, dave = people("carol"), people("dave")
    exchange.mailbox(carol.mailbox, error="ErrorImpersonateUserDenied")
    watched(carol, contacts(carol, dave))
    daemon.wait_why(carol.jid, lambda why: why["calendar"]["failure"], "a failure")
    reads = exchange.stats(alice.mailbox)["mailbox"]["reads"]
    exchange.wait(mailbox=alice.mailbox, reads=reads + 2)
    assert daemon.gateway()["health"] == "up"


def test_a_mailbox_on_the_move_spoils_no_other(ask, exchange, people, contacts):
    """All were asked for in alice's name when hers began to move."""
    daemon, alice = ask(client_secret=SECRET)
    daemon.wait_calendar(alice.jid, "free")
    carol, dave = people("carol"), people("dave")
    watched(carol, contacts(carol, dave))
    daemon.wait_calendar(carol.jid, "free")
    exchange.mailbox(alice.mailbox, error="ErrorWrongServerVersion")
    daemon.wait_why(alice.jid, lambda why: why["calendar"]["failure"], "a failure")
    reads = exchange.stats(carol.mailbox)["mailbox"]["reads"]
    exchange.wait(mailbox=carol.mailbox, reads=reads + 2)
    assert daemon.gateway()["health"] == "up"


def test_all_refused_is_the_accounts(ask, exchange, people, contacts):
    exchange.fault("fault", count=-1, code="ErrorImpersonateUserDenied")
    daemon, _ = ask(client_secret=SECRET)
    daemon.wait_gateway(lambda g: (g["health"], g["fault"]) == ("down", "authz"), "a refusal")
    assert "impersonate" in daemon.gateway()["text"]
    assert said(daemon, "speak for a mailbox") == 1


def test_somebody_signs_in_and_the_token_rotates(configured, issuer, exchange, people, contacts):
    daemon = configured(flow="device_code")
    kept = daemon.folder / "refresh.token"
    daemon.configure_gateway(token_file=str(kept))
    daemon.run()
    alice, bob = people("alice"), people("bob")
    watched(alice, contacts(alice, bob))
    assert "calpresence login hq" in complaint(daemon, "auth")
    login = subprocess.Popen(daemon.command_line("login", "hq"), stdout=subprocess.PIPE, text=True)
    line = login.stdout.readline()
    assert "ABCD-EFGH" in line and "https://microsoft.com/devicelogin" in line
    poll(lambda: [f for f in issuer.asked if "device_code" in f], what="a question")
    issuer.signed_in = True
    assert login.wait(timeout=30) == 0
    login.stdout.close()
    first = kept.read_text(encoding="ascii").strip()
    assert first == issuer.refresh
    assert kept.stat().st_mode & 0o777 == 0o600
    assert daemon.command("reload").returncode == 0
    daemon.wait_calendar(alice.jid, "free")
    assert kept.read_text(encoding="ascii").strip() == issuer.refresh != first
    assert [path.name for path in daemon.folder.glob("refresh*")] == [kept.name]
    for request in exchange.requests():
        assert "ExchangeImpersonation" not in request["body"]


def test_login_says_what_is_wrong(configured, issuer):
    daemon = configured(client_secret=SECRET)
    done = daemon.command("login", "nowhere")
    assert done.returncode == 1 and "nowhere" in done.stderr
    done = daemon.command("login", "hq")
    assert done.returncode == 1 and "device_code" in done.stderr
    daemon.configure_gateway(client_secret=None, flow="device_code",
                             token_file=str(daemon.folder / "token"))
    issuer.orders += [(400, {"error": "unauthorized_client", "error_description": "Not you."})]
    done = daemon.command("login", "hq")
    assert done.returncode == 1 and "Not you." in done.stderr


def test_a_token_goes_nowhere_else(ask, exchange, issuer):
    daemon, _ = ask(client_secret=SECRET)
    exchange.fault("302-logon")
    daemon.wait_gateway(lambda g: g["fault"] == "config", "a redirect")
    assert len(issuer.asked) == 1
    assert urllib.parse.urlsplit(issuer.authority).scheme == "https"
