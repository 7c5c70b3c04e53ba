"""The way through a proxy that wants a log-on, and around it."""

from urllib.parse import urlsplit

import pytest

from conftest import only
from front import Front
from pki import Authority, bundle
from test_meetings import watched
from tinyproxy import PASSWORD, USER, Tinyproxy

pytestmark = only("prosody")  # the IM server has no part in it


@pytest.fixture
def proxy():
    tinyproxy = Tinyproxy()
    yield tinyproxy
    print("\n".join(tinyproxy.log.items()))
    tinyproxy.close()


@pytest.fixture
def ask(calpresence, people, contacts):
    """ask(proxy=...) runs a daemon with such a gateway, and someone to read."""

    def make(**gateway):
        daemon = calpresence(gateway=gateway).run()
        alice, bob = people("alice"), people("bob")
        watched(alice, contacts(alice, bob))
        return daemon, alice

    return make


def test_calendars_are_read_through_the_proxy(ask, proxy, exchange):
    daemon, alice = ask(proxy=proxy.url, proxy_username=USER, proxy_password=PASSWORD)
    daemon.wait_calendar(alice.jid, "free")
    assert proxy.connects() >= 1
    for request in exchange.requests():
        assert "Proxy-Authorization" not in request["headers"]


def test_a_proxy_may_be_spoken_to_by_https(ask, proxy, exchange, tmp_path):
    authority = Authority(tmp_path / "pki")
    front = Front(urlsplit(proxy.url).port, *authority.issue("proxy"))
    log_on = {"proxy": f"https://localhost:{front.port}", "proxy_username": USER,
              "proxy_password": PASSWORD}
    daemon, alice = ask(**log_on)
    daemon.wait_gateway(lambda g: "proxy refused" in g["text"], "a complaint")
    assert proxy.connects() == 0  # nobody was told the password
    trusted = bundle(tmp_path / "trusted.pem", exchange.ca, authority.certificate)
    daemon.configure_gateway(ca_file=str(trusted))
    daemon.sighup()
    daemon.wait_calendar(alice.jid, "free")
    assert proxy.connects() >= 1
    front.close()


@pytest.mark.parametrize("password", ["wrong", None], ids=["wrong", "none"])
def test_a_refused_log_on_is_the_proxys_and_no_storm(ask, proxy, exchange, password):
    options = {"proxy_username": USER, "proxy_password": password} if password else {}
    daemon, _ = ask(proxy=proxy.url, **options)
    state = daemon.wait_gateway(lambda g: g["fault"] == "auth", "a complaint")
    assert "proxy_username" in state["gateways"][0]["text"]
    assert proxy.connects() <= 2
    assert exchange.stats()["requests"] == 0


@pytest.mark.parametrize(
    "host, no_proxy",
    [
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "example.com, 127.0.0.0/8"),
        ("localhost", "*"),
    ],
    ids=["name", "address", "network", "all"],
)
def test_no_proxy_goes_around_it(ask, exchange, host, no_proxy):
    daemon, alice = ask(
        url=exchange.url.replace("127.0.0.1", host),
        proxy="http://127.0.0.1:1",  # nobody there
        no_proxy=no_proxy,
    )
    daemon.wait_calendar(alice.jid, "free")


def test_a_subdomain_goes_around_it_too(ask, exchange):
    daemon, alice = ask(
        url=exchange.url.replace("127.0.0.1", "mail.localhost"),
        proxy="http://127.0.0.1:1",
        no_proxy=".localhost",
    )
    # The name is right for the proxy and wrong for the certificate: it was spoken to.
    daemon.wait_gateway(lambda g: g["fault"] == "tls", f"the way to {alice.mailbox}")


def test_another_network_does_not(ask, exchange):
    daemon, _ = ask(
        proxy="http://127.0.0.1:1",
        no_proxy="10.0.0.0/8, mail.example.com",
    )
    daemon.wait_gateway(lambda g: g["fault"] == "connect", "a complaint")
    assert exchange.stats()["requests"] == 0


def test_plain_http_on_this_machine_never_meets_a_proxy(ask, proxy, exchange):
    daemon, alice = ask(
        url=exchange.http_url, proxy=proxy.url, proxy_username=USER, proxy_password=PASSWORD
    )
    daemon.wait_calendar(alice.jid, "free")
    assert proxy.connects() == 0
    assert not [line for line in proxy.log.items() if "POST" in line]
