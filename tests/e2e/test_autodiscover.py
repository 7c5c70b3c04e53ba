"""Where mailboxes are, by Autodiscover."""

import itertools

import pytest

from calendars import Calendars, soon
from conftest import only
from directory import Directory, Names, found, redirect, unknown
from pki import Authority, bundle
from test_meetings import MEETING, watched

pytestmark = only("prosody")  # the IM server has no part in it

HOST = "autodiscover.example.com"
NAMES = f"DNS:localhost,DNS:{HOST},IP:127.0.0.1,IP:127.0.0.2"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "pki")


@pytest.fixture
def directory(authority):
    """The service at autodiscover.example.com."""
    one = Directory(*authority.issue("directory", NAMES))
    yield one
    one.close()


@pytest.fixture
def stranger(authority):
    """A service that nobody named."""
    one = Directory(*authority.issue("stranger", NAMES), address="127.0.0.2")
    yield one
    one.close()


@pytest.fixture
def branch():
    """Another Exchange, with the same password."""
    with Calendars() as simulator:
        yield simulator
        simulator.assert_well_spoken()


@pytest.fixture
def names(directory):
    proxy = Names()
    proxy.ports[HOST] = directory.port
    yield proxy
    print(proxy.asked)
    proxy.close()


@pytest.fixture
def ask(calpresence, people, contacts, exchange, authority, names, tmp_path):
    """ask() runs a daemon that has no URL, and someone to read; the daemon, her, and the
    client of who watches her."""

    def make(trust=()):
        trusted = bundle(tmp_path / "trusted.pem", exchange.ca, authority.certificate, *trust)
        options = {
            "url": None,
            "autodiscover": True,
            "autodiscover_hosts": ["127.0.0.1"],
            "proxy": names.url,
            "no_proxy": "127.0.0.0/8,localhost",
            "ca_file": str(trusted),
        }
        daemon = calpresence(gateway=options).run()
        alice, bob = people("alice"), people("bob")
        _, at_bob = watched(alice, contacts(alice, bob))
        return daemon, alice, at_bob

    return make


def wait_text(daemon, person, part):
    """What is said of a mailbox that has no place."""
    return daemon.wait_why(
        person.jid, lambda why: part in str(why["calendar"]), f"'{part}'")


@pytest.mark.parametrize("kind", ["svc", "xml", "json"])
def test_each_way_to_ask_leads_to_the_mailboxes(ask, directory, exchange, kind):
    directory.answers = {kind: found(exchange.url)[kind]}
    daemon, alice, _ = ask()
    daemon.wait_calendar(alice.jid, "free")
    daemon.wait_gateway(lambda gateway: gateway["endpoint"] == exchange.url, "its URL")
    assert f"at {exchange.url}" in daemon.command("status").stdout
    assert {a.mailbox for a in directory.asked} == {alice.mailbox}
    for asked in directory.asked:
        assert asked.authorization[:6] == ("" if asked.kind == "json" else "Basic ")


def test_a_web_site_in_the_place_of_exchange_is_told_nothing(ask, directory, exchange):
    directory.challenge = 'Basic realm="Customers"'
    directory.answers = found(exchange.url)
    del directory.answers["json"]
    daemon, alice, _ = ask()
    wait_text(daemon, alice, "does not ask for a log-on as Exchange does")
    assert directory.knocks == ["svc"]
    assert [a for a in directory.asked if a.authorization] == []
    assert exchange.stats()["requests"] == 0


def test_a_redirection_to_a_named_host_is_followed(ask, directory, exchange):
    directory.answers = {
        "svc": redirect(directory.url("xml", "127.0.0.1")),
        "xml": found(exchange.url)["xml"],
    }
    daemon, alice, _ = ask()
    daemon.wait_calendar(alice.jid, "free")


@pytest.mark.parametrize("where", ["/autodiscover/autodiscover.xml?b", "autodiscover.xml?b", "?b"])
def test_a_redirection_without_a_host_is_followed(ask, directory, exchange, where):
    answers = itertools.chain([redirect(where)], itertools.repeat(found(exchange.url)["xml"]))
    directory.answers = {"xml": lambda _: next(answers)}
    daemon, alice, _ = ask()
    daemon.wait_calendar(alice.jid, "free")
    assert [asked.kind for asked in directory.asked][-2:] == ["xml", "xml"]


def test_a_stranger_is_not_told_who_we_are(ask, directory, stranger, exchange):
    directory.answers = {kind: redirect(stranger.url(kind, "127.0.0.2")) for kind in ("svc", "xml")}
    directory.answers["json"] = redirect(
        f"https://127.0.0.2:{stranger.port}/autodiscover/autodiscover.json/v1.0/x")
    stranger.answers = found("https://127.0.0.2:1/EWS/Exchange.asmx")
    daemon, alice, _ = ask()
    wait_text(daemon, alice, "add it to autodiscover_hosts")
    assert [(a.kind, a.authorization) for a in stranger.asked] == [("json", "")]
    assert exchange.stats()["requests"] == 0


def test_a_redirection_without_https_is_followed_without_credentials(
    ask, directory, names, exchange
):
    names.ports.clear()
    names.locations[HOST] = directory.url("xml", "127.0.0.1")
    directory.answers = {"xml": found(exchange.url)["xml"]}
    daemon, alice, _ = ask()
    daemon.wait_calendar(alice.jid, "free")
    [head] = names.heads
    assert head.startswith(f"GET http://{HOST}/autodiscover/autodiscover.xml ")
    assert "\nauthorization:" not in head.lower()


def test_what_was_tried_is_told_where_nothing_is_found(ask, names, exchange):
    names.ports.clear()
    daemon, alice, _ = ask()
    why = wait_text(daemon, alice, "Autodiscover does not answer")
    for part in ("example.com (v2)", f"{HOST} (v2)", f"{HOST} (http): HTTP 404"):
        assert part in str(why["calendar"])
    daemon.wait_log("Autodiscover does not answer, set url or autodiscover_url")
    assert exchange.stats()["requests"] == 0


def test_a_mailbox_that_is_not_there_is_looked_for(ask, directory, exchange, branch):
    places = {}
    directory.answers = {"svc": lambda mailbox: found(places.get(mailbox, exchange.url))["svc"]}
    daemon, alice, at_bob = ask(trust=(branch.ca,))
    daemon.wait_calendar(alice.jid, "free")
    branch.create(alice.mailbox)
    branch.add(alice.mailbox, soon(-60), soon(3600))
    places[alice.mailbox] = branch.url
    exchange.mailbox(alice.mailbox, error="ErrorMailboxMoveInProgress")
    at_bob.wait_seen(alice.contact, *MEETING)
    daemon.wait_gateway(
        lambda gateway: gateway["endpoint"] == f"{exchange.url} and 1 more", "both URLs")


def test_a_mailbox_that_nobody_knows_is_said_to_be_unknown(ask, directory):
    directory.answers = unknown()
    daemon, alice, _ = ask()
    wait_text(daemon, alice, "Autodiscover does not know the mailbox")
