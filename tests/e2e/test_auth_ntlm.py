"""Logging on by NTLM, at a server that verifies NTLMv2."""

import pytest

from conftest import only
from ntlm_front import NtlmFront
from test_meetings import watched

pytestmark = only("prosody")  # the IM server has no part in it

USER = "EXAMPLE\\svc-presence"
PASSWORD = "s\N{LATIN SMALL LETTER E WITH ACUTE}same"


@pytest.fixture
def front(exchange):
    tls = exchange.folder / "tls"
    one = NtlmFront(
        exchange, tls / "server.pem", tls / "server.key", *USER.split("\\"), PASSWORD)
    yield one
    one.close()


@pytest.fixture
def ask(calpresence, front, people, contacts):
    """ask() runs a daemon that logs on there, with someone to read."""

    def make(**gateway):
        options = {"auth": "ntlm", "url": front.url, "username": USER, "password": PASSWORD}
        daemon = calpresence(gateway=options | gateway).run()
        alice, bob = people("alice"), people("bob")
        watched(alice, contacts(alice, bob))
        return daemon, alice

    return make


def test_a_connection_logs_on_once(ask, front, exchange):
    daemon, alice = ask()
    daemon.wait_calendar(alice.jid, "free")
    exchange.wait(mailbox=alice.mailbox, reads=4)
    assert front.handshakes == 1
    assert front.refusals == 0


def test_a_server_that_forgets_is_told_again(ask, front, exchange):
    front.forgetful = True
    daemon, alice = ask()
    daemon.wait_calendar(alice.jid, "free")
    exchange.wait(mailbox=alice.mailbox, reads=4)
    assert front.refusals == 0
    assert daemon.gateway()["failed_requests"] == 0


def test_a_wrong_password_costs_at_most_two_log_ons(ask, front, exchange):
    daemon, _ = ask(password="wrong")
    daemon.wait_gateway(lambda g: (g["health"], g["fault"]) == ("locked", "auth"), "the breaker", 60)
    assert 1 <= front.refusals <= 2
    assert exchange.stats()["requests"] == 0


def test_extended_protection_is_recognised(ask, front):
    front.extended_protection = True
    daemon, _ = ask()
    state = daemon.wait_gateway(lambda g: g["fault"] == "auth", "a refusal")
    text = state["gateways"][0]["text"]
    assert "Extended Protection" in text and "basic or oauth2" in text


def test_a_password_that_libcurl_cannot_send_is_an_error_of_the_configuration(calpresence, front):
    options = {"auth": "ntlm", "url": front.url, "username": USER, "password": "\N{EURO SIGN}"}
    done = calpresence(gateway=options).command("-n")
    assert done.returncode == 1
    assert "calpresence.conf:3: gateways[]" in done.stderr and "8859-1" in done.stderr
