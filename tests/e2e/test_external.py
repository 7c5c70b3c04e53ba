"""Contacts of another server, reached by server dialback over the loopback."""

import contextlib
import select
import socket

import pytest

from calendars import soon
from calpresence import is_ready
from client import Client, bare
from conftest import SERVERS
from prosody import Prosody
from record import TIMEOUT_S
from server import COMPONENT, DOMAIN, Options
from test_meetings import MEETING, assert_on_time

OTHER = "localhost"  # a name that every resolver knows; ejabberd asks the system's
USER = {"modes": ["user"], "ignore_blocking": True}


@pytest.fixture(params=SERVERS, scope="module")
def server(request):
    """The server of our people, and one of other people as `server.other`."""
    home, other = SERVERS[request.param](), Prosody(domain=OTHER)
    home.options = Options(peers=((OTHER, other.peer_port),))
    other.options = Options(
        peers=((DOMAIN, home.peer_port), (COMPONENT, home.peer_port))
    )
    home.other = other
    with contextlib.ExitStack() as stack:
        for one in other, home:
            stack.callback(one.close)
            one.start()
        yield home


@pytest.fixture
def at_zoe(server, people):
    """Zoe's client at the other server."""
    server.other.configure(server.other.options)
    name = people("zoe").name
    server.other.add_user(name)
    client = Client(server.other.client_port, name, domain=OTHER).present()
    yield client
    with contextlib.suppress(Exception):  # her server may have gone
        client.close()


@pytest.fixture
def alice(people):
    return people("alice")


@pytest.fixture
def daemon(calpresence):
    """It has to be there first: ejabberd tells no component who was online before."""
    return calpresence(publish=USER | {"external": True}).run()


@pytest.fixture
def at_alice(alice, at_zoe, login):
    """Alice's client, which zoe sees; her roster is read when she logs in."""
    first = login(alice).present()
    at_zoe.subscribe(alice.jid)
    first.approve(at_zoe.jid)
    at_zoe.wait_seen(first.full_jid, "available")
    first.close()
    client = login(alice).present("away", "At lunch")
    at_zoe.wait_seen(client.full_jid, "away", "At lunch")
    return client


def reload(daemon, **publish):
    daemon.configure(publish=publish)
    daemon.sighup()
    daemon.wait_status(lambda s: is_ready(s) and s["generation"] == 2, "the reload")


def bounces(client, jid):
    return [p for p in heard(client, jid, 0) if p.type == "error"]


def heard(client, jid, mark):
    return [p for p in client.presences.items(mark) if bare(p.sender) == jid]


def wait_known(daemon, alice):
    """Waits until her only contact is known and her calendar read."""
    daemon.wait_why(alice.jid, lambda why: why["contacts"] == 1, "her contact")
    daemon.wait_calendar(alice.jid, "free")


def test_an_overlay_is_one_stanza_at_each_edge(
    daemon, exchange, alice, at_zoe, at_alice
):
    wait_known(daemon, alice)
    mark = at_zoe.presences.mark()
    start = soon(3)
    exchange.add(alice.mailbox, start, start + 2)
    assert_on_time(at_zoe.wait_seen(at_alice.full_jid, *MEETING), start)
    original = at_zoe.wait_seen(at_alice.full_jid, "away", "At lunch")
    assert_on_time(original, start + 2)
    at_zoe.settle(DOMAIN)
    shows = [p.show for p in heard(at_zoe, alice.jid, mark)]
    assert shows == ["dnd", "away"]
    assert not bounces(at_alice, at_zoe.jid)


def test_her_own_change_and_her_logout(daemon, exchange, alice, at_zoe, at_alice):
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_zoe.wait_seen(at_alice.full_jid, *MEETING)
    mark = at_zoe.presences.mark()
    at_alice.present("xa", "Far away")
    at_zoe.wait_presence(lambda p: p.status == "Far away", after=mark)
    at_zoe.wait_presence(lambda p: (p.show, p.status) == MEETING, after=mark)
    at_alice.leave()
    at_zoe.wait_seen(at_alice.full_jid, "unavailable")
    at_zoe.settle(DOMAIN)
    assert at_zoe.seen(at_alice.full_jid).type == "unavailable"
    assert not bounces(at_alice, at_zoe.jid)


def test_a_crash_is_repaired(daemon, exchange, alice, at_zoe, at_alice):
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_zoe.wait_seen(at_alice.full_jid, *MEETING)
    daemon.kill9()
    at_alice.close()
    mark = at_zoe.presences.mark()
    daemon.run()
    at_zoe.wait_presence(
        lambda p: p.sender == at_alice.full_jid and not p.available, after=mark
    )


def test_turned_off_it_is_taken_back(daemon, exchange, alice, at_zoe, at_alice):
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_zoe.wait_seen(at_alice.full_jid, *MEETING)
    reload(daemon, external=False)
    at_zoe.wait_seen(at_alice.full_jid, "away", "At lunch")


@contextlib.contextmanager
def in_place_of(other):
    """Somebody else listens where the other server was: a connection is an attempt to
    reach it."""
    other.stop()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", other.peer_port))
        listener.listen()
        yield lambda timeout: bool(select.select([listener], [], [], timeout)[0])


@pytest.mark.parametrize("external", [False, True])
def test_the_other_server_is_reached_only_if_wished(
    server, daemon, exchange, people, login, alice, at_zoe, at_alice, external
):
    bob = people("bob")
    at_bob = login(bob).present()
    at_bob.subscribe(alice.jid)
    at_alice.approve(bob.jid)
    at_bob.wait_seen(at_alice.full_jid, "away")
    reload(daemon, external=external)
    daemon.wait_why(alice.jid, lambda why: why["contacts"] == 2, "her contacts")
    with in_place_of(server.other) as reached:
        start = soon(3)
        exchange.add(alice.mailbox, start, start + 2)
        at_bob.wait_seen(at_alice.full_jid, *MEETING)
        at_bob.wait_seen(at_alice.full_jid, "away")
        assert reached(TIMEOUT_S if external else 0) == external


def test_a_contact_watches_from_another_server(
    daemon, exchange, alice, at_zoe, at_alice
):
    reload(daemon, modes=["component"])
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_zoe.subscribe(alice.contact)
    at_zoe.wait_seen(alice.contact, *MEETING)
    at_alice.leave()
    at_zoe.wait_seen(alice.contact, "unavailable")


@pytest.mark.parametrize("publish", [{"external": False}, {"watchers": "domain"}])
def test_elsewise_another_server_gets_silence(
    daemon, alice, at_zoe, at_alice, publish
):
    reload(daemon, modes=["component"], **publish)
    at_zoe.subscribe(alice.contact)
    at_zoe.probe(alice.contact)
    at_zoe.settle(alice.contact)
    at_alice.present("xa")
    at_zoe.wait_seen(at_alice.full_jid, "xa")
    at_zoe.settle(alice.contact)
    assert not heard(at_zoe, alice.contact, 0)
