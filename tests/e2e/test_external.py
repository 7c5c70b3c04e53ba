"""Contacts of another server, reached by server dialback over the loopback."""

import contextlib
from dataclasses import replace

import pytest

from calendars import soon
from client import Client
from conftest import SERVERS
from prosody import Prosody
from server import COMPONENT, DOMAIN, MODULE, Options
from test_meetings import MEETING, assert_on_time

OTHER = "localhost"  # a name that every resolver knows; ejabberd asks the system's
OWN = ("away", "At lunch")


@contextlib.contextmanager
def two_servers(kind, options):
    """The server of our people, and one of other people as `server.other`."""
    home, other = SERVERS[kind](), Prosody(domain=OTHER)
    home.options = replace(options, peers=((OTHER, other.peer_port),))
    other.options = Options(
        peers=((DOMAIN, home.peer_port), (COMPONENT, home.peer_port))
    )
    home.other = other
    with contextlib.ExitStack() as stack:
        for one in other, home:
            stack.callback(one.close)
            one.start()
        yield home


@pytest.fixture(params=SERVERS, scope="module")
def server(request):
    with two_servers(request.param, MODULE) as one:
        yield one


@pytest.fixture
def at_zoe(server, people):
    """Zoe's client at the other server."""
    name = people("zoe").name
    server.other.add_user(name)
    client = Client(server.other.client_port, name, domain=OTHER).present()
    yield client
    client.close()


@pytest.fixture
def alice(people):
    return people("alice")


@pytest.fixture
def at_alice(alice, at_zoe, login):
    """Alice's client, which zoe sees."""
    client = login(alice).present(*OWN)
    at_zoe.subscribe(alice.jid)
    client.approve(at_zoe.jid)
    at_zoe.wait_seen(client.full_jid, *OWN)
    return client


@pytest.fixture
def daemon(calpresence):
    return calpresence(publish={"modes": ["user", "component"]}).run()


def heard(client, jid, mark):
    return [(p.show, p.status) for p in client.heard(jid, mark)]


def test_an_overlay_is_one_stanza_at_each_edge(daemon, exchange, alice, at_zoe, at_alice):
    mark, own = at_zoe.presences.mark(), at_alice.presences.mark()
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    assert_on_time(at_zoe.wait_seen(at_alice.full_jid, *MEETING), start)
    assert_on_time(at_zoe.wait_seen(at_alice.full_jid, *OWN), start + 2)
    at_zoe.settle(DOMAIN)
    assert heard(at_zoe, alice.jid, mark) == [MEETING, OWN]
    assert not [p for p in at_alice.presences.items(own) if p.type == "error"]


def test_her_own_change_and_her_logout(daemon, exchange, alice, at_zoe, at_alice):
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_zoe.wait_seen(at_alice.full_jid, *MEETING)
    mark = at_zoe.presences.mark()
    at_alice.present("xa", "Far away")
    at_alice.leave()
    at_zoe.wait_seen(at_alice.full_jid, "unavailable")
    at_zoe.settle(DOMAIN)
    assert heard(at_zoe, alice.jid, mark) == [MEETING, ("unavailable", "")]


def test_a_login_in_a_meeting(daemon, server, exchange, alice, at_zoe, at_alice):
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_zoe.wait_seen(at_alice.full_jid, *MEETING)
    name = at_zoe.jid.partition("@")[0]
    at_phone = Client(server.other.client_port, name, "phone", OTHER).present()
    at_phone.wait_seen(at_alice.full_jid, *MEETING)
    at_phone.close()


def test_a_component_that_died(daemon, exchange, alice, at_zoe, at_alice):
    end = soon(5)
    exchange.add(alice.mailbox, soon(-60), end)
    at_zoe.wait_seen(at_alice.full_jid, *MEETING)
    daemon.kill9()
    assert_on_time(at_zoe.wait_seen(at_alice.full_jid, *OWN), end)


def test_a_contact_watches_from_another_server(daemon, exchange, alice, at_zoe, at_alice):
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_zoe.subscribe(alice.contact)
    at_zoe.wait_seen(alice.contact, *MEETING)
    at_alice.leave()
    at_zoe.wait_seen(alice.contact, "unavailable")


def test_elsewise_another_server_gets_silence(calpresence, alice, at_zoe, at_alice):
    calpresence(publish={"watchers": "domain"}).run()
    at_zoe.subscribe(alice.contact)
    at_zoe.probe(alice.contact)
    at_zoe.settle(alice.contact)
    at_alice.present("xa")
    at_zoe.wait_seen(at_alice.full_jid, "xa")
    at_zoe.settle(alice.contact)
    assert not at_zoe.heard(alice.contact)
