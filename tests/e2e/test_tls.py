"""Whom calpresence believes to be Exchange, and how it proves itself by a certificate."""

import ssl
from urllib.parse import urlsplit

import pytest

from conftest import only
from front import Front
from pki import Authority, bundle
from test_meetings import watched

pytestmark = only("prosody")  # the IM server has no part in it


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def front(exchange):
    """front(certificate, key, ...) puts a TLS end before the simulator."""
    fronts = []

    def make(*arguments, **options):
        fronts.append(Front(urlsplit(exchange.http_url).port, *arguments, **options))
        return fronts[-1]

    yield make
    for one in fronts:
        one.close()


@pytest.fixture
def ask(calpresence, people, contacts):
    """ask(url=...) runs a daemon with such a gateway, and someone to read."""

    def make(**gateway):
        daemon = calpresence(gateway=gateway).run()
        alice, bob = people("alice"), people("bob")
        watched(alice, contacts(alice, bob))
        return daemon, alice

    return make


def refused(daemon, exchange, *words):
    """The certificate is refused in these words; nothing was said to the other side."""
    gateway = daemon.wait_gateway(lambda g: g["fault"] == "tls", "a complaint")["gateways"][0]
    for word in words:
        assert word in gateway["text"]
    assert exchange.stats()["requests"] == 0


def test_a_private_authority_is_trusted_once_named(ask, front, exchange, authority):
    at = front(*authority.issue("good"))
    daemon, alice = ask(url=at.url, ca_file=str(authority.certificate))
    daemon.wait_calendar(alice.jid, "free")
    daemon.configure_gateway(ca_file=None)
    reads = exchange.stats()["reads"]
    daemon.sighup()
    daemon.wait_gateway(lambda g: g["fault"] == "tls", "a complaint")
    assert exchange.stats()["reads"] <= reads + 1  # one may have been under way


def test_an_expired_certificate_is_refused(ask, front, exchange, authority):
    at = front(*authority.issue("expired", days=-1))
    daemon, _ = ask(url=at.url, ca_file=str(authority.certificate))
    refused(daemon, exchange, "expired")


def test_a_certificate_of_another_name_is_refused(ask, front, exchange, authority):
    at = front(*authority.issue("elsewhere", names="DNS:mail.example.com"))
    daemon, _ = ask(url=at.url, ca_file=str(authority.certificate))
    refused(daemon, exchange, "localhost")


def test_a_chain_needs_its_middle(ask, front, exchange, authority, tmp_path):
    middle = Authority(tmp_path, "middle", authority)
    certificate, key = middle.issue("leaf")
    daemon, _ = ask(url=front(certificate, key).url, ca_file=str(authority.certificate))
    refused(daemon, exchange, "issuer")
    whole = bundle(tmp_path / "chain.pem", certificate, middle.certificate)
    daemon.configure_gateway(url=front(whole, key).url)
    daemon.sighup()
    daemon.wait_gateway(lambda g: g["health"] == "up", "the whole chain believed")


def test_a_client_certificate_is_shown_to_who_asks(ask, front, exchange, authority, tmp_path):
    clients = Authority(tmp_path, "clients")
    certificate, key = clients.issue("daemon", extensions=["basicConstraints=CA:FALSE"])
    at = front(*authority.issue("asking"), clients=clients.certificate)
    daemon, alice = ask(url=at.url, ca_file=str(authority.certificate))
    daemon.wait_gateway(lambda g: "client_certificate" in g["text"], "a word about it")
    assert exchange.stats()["requests"] == 0
    daemon.configure_gateway(client_certificate=str(certificate), client_key=str(key))
    daemon.sighup()
    daemon.wait_gateway(lambda g: g["health"] == "up", "the door open")
    daemon.wait_calendar(alice.jid, "free")


def test_an_old_tls_is_not_spoken(ask, front, exchange, authority):
    at = front(*authority.issue("old"), newest=ssl.TLSVersion.TLSv1_2)
    daemon, _ = ask(url=at.url, ca_file=str(authority.certificate), tls_min="1.3")
    daemon.wait_gateway(lambda g: "tls_min" in g["text"], "a complaint")
    assert daemon.gateway()["fault"] == "tls"
    assert exchange.stats()["requests"] == 0
    daemon.configure_gateway(tls_min="1.2")
    daemon.sighup()
    daemon.wait_gateway(lambda g: g["health"] == "up", "TLS 1.2")
