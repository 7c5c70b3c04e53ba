"""Logging on by Kerberos, at Apache in a realm of MIT's."""

import pathlib
import re
import subprocess

import pytest

from conftest import only
from kerberos import CLIENT, REALM, SERVER, Apache, Realm
from test_meetings import watched

pytestmark = only("prosody")  # the IM server has no part in it

OTHER = f"other@{REALM}"
CONFIG = pathlib.Path(__file__).resolve().parents[1] / "config"


@pytest.fixture(autouse=True)
def leak_of_libcurl(monkeypatch):
    """Overlooks what some versions of libcurl lose, and nothing with the others."""
    said = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True)
    version = re.search(r"libcurl/(\d+)\.(\d+)", said.stdout).groups()
    if (8, 10) <= tuple(map(int, version)) < (8, 17):
        monkeypatch.setenv(
            "LSAN_OPTIONS",
            f"suppressions={CONFIG}/lsan-negotiate.supp:print_suppressions=0",
        )


@pytest.fixture
def realm(monkeypatch):
    one = Realm()
    monkeypatch.setenv("KRB5_CONFIG", str(one.config))
    yield one
    print(one.kdc.output())
    one.close()


@pytest.fixture
def apache(exchange, realm):
    """apache(user=...) puts it before the simulator; by default for our account alone."""
    running = []

    def make(principals=(SERVER,), **options):
        keytab = realm.keytab("http.keytab", *principals)
        running.append(Apache(exchange, keytab, realm, **options))
        return running[-1]

    yield make
    for one in running:
        print(one.output())
        one.close()


@pytest.fixture
def ask(calpresence, people, contacts):
    """ask(...) runs a daemon that logs on there, with someone to read: the daemon, her,
    her client and that of her watcher."""

    def make(**gateway):
        options = {"auth": "negotiate", "username": None, "password": None}
        daemon = calpresence(gateway=options | gateway).run()
        alice, bob = people("alice"), people("bob")
        return daemon, alice, *watched(alice, contacts(alice, bob))

    return make


def test_a_ticket_of_the_keytab_lets_in(ask, apache, realm, exchange):
    at = apache()
    keytab = realm.keytab("client.keytab", CLIENT)
    daemon, alice, *_ = ask(url=at.url, keytab=str(keytab))
    daemon.wait_calendar(alice.jid, "free")
    exchange.wait(mailbox=alice.mailbox, reads=3)
    issued = [line for line in realm.kdc.log.items() if "TGS_REQ" in line and SERVER in line]
    assert len(issued) == 1
    assert daemon.gateway()["failed_requests"] == 0


def test_the_principal_chooses_among_keys(ask, apache, realm):
    at = apache()
    keytab = realm.keytab("both.keytab", OTHER, CLIENT)
    daemon, alice, *_ = ask(url=at.url, keytab=str(keytab), principal=CLIENT)
    daemon.wait_calendar(alice.jid, "free")


def test_another_account_is_refused_with_what_could_be_the_reason(ask, apache, realm):
    at = apache()
    keytab = realm.keytab("other.keytab", OTHER)
    daemon, *_ = ask(url=at.url, keytab=str(keytab))
    state = daemon.wait_gateway(lambda g: g["fault"] == "auth", "a refusal")
    text = state["gateways"][0]["text"]
    assert "good Kerberos ticket" in text and "Extended Protection" in text


def test_each_host_has_a_ticket_of_its_own(ask, realm, apache, exchange):
    other = "HTTP/127.0.0.1@" + REALM
    at = apache(principals=(SERVER, other))
    keytab = realm.keytab("client.keytab", CLIENT)
    urls = [at.url.replace(f":{at.port}", ":1"), at.url.replace("localhost", "127.0.0.1")]
    daemon, alice, *_ = ask(url=urls, keytab=str(keytab))
    daemon.wait_calendar(alice.jid, "free")
    exchange.wait(mailbox=alice.mailbox, reads=3)
    for principal in (SERVER, other):
        issued = [line for line in realm.kdc.log.items() if
                  "TGS_REQ" in line and "ISSUE" in line and principal in line]
        assert len(issued) == 1


def test_an_account_that_is_gone_is_told_as_kerberos_says_it(ask, apache, realm, exchange):
    at = apache()
    keytab = realm.keytab("client.keytab", CLIENT)
    realm.forget(CLIENT)
    daemon, *_ = ask(url=at.url, keytab=str(keytab))
    state = daemon.wait_gateway(lambda g: g["fault"] == "auth", "a complaint")
    assert "not found in Kerberos database" in state["gateways"][0]["text"]
    assert exchange.stats()["requests"] == 0


def test_a_server_that_the_realm_does_not_know(ask, apache, realm):
    at = apache()
    keytab = realm.keytab("client.keytab", CLIENT)
    daemon, *_ = ask(url=at.url, keytab=str(keytab), service_name="IMAP")
    state = daemon.wait_gateway(lambda g: g["fault"] == "auth", "a complaint")
    assert "IMAP/localhost" in state["gateways"][0]["text"]


def test_presences_go_on_while_the_kdc_is_silent(ask, apache, realm, exchange):
    at = apache()
    keytab = realm.keytab("client.keytab", CLIENT)
    realm.kdc.freeze()
    daemon, alice, at_alice, at_bob = ask(url=at.url, keytab=str(keytab))
    for show in ("away", "dnd", "xa"):  # the worker waits inside Kerberos
        at_alice.present(show, "meanwhile")
        at_bob.wait_seen(alice.contact, show, "meanwhile", timeout=5)
    daemon.wait_gateway(lambda g: g["fault"] == "connect", "a complaint", 90)
    assert exchange.stats()["requests"] == 0
    realm.kdc.thaw()
    daemon.wait_gateway(lambda g: g["health"] == "up", "the way back", 90)
    daemon.wait_calendar(alice.jid, "free")
