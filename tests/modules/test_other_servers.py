"""Contacts of another server see the overlay, or do not where it is local."""

import contextlib
from dataclasses import replace

import pytest
from fixtures import *  # noqa: F401, F403
from fixtures import DESK, MEETING, MODULE, SERVERS, Client, Prosody, Options, wait_last
from server import DOMAIN

OTHER = "localhost"  # a name that every resolver knows; ejabberd asks the system's


@pytest.fixture(params=SERVERS, scope="module")
def server(request):
    """The server of our people, and one of other people as `server.other`."""
    home, other = SERVERS[request.param](), Prosody(domain=OTHER)
    home.options = replace(MODULE, peers=((OTHER, other.peer_port),))
    other.options = Options(peers=((DOMAIN, home.peer_port),))
    home.other = other
    with contextlib.ExitStack() as stack:
        for one in other, home:
            stack.callback(one.close)
            one.start()
        yield home


@pytest.fixture
def abroad(server, people, desk):
    """alice, and zoe of the other server, who sees her: their clients."""
    at_alice, _ = desk
    name = people("zoe").name
    server.other.add_user(name)
    at_zoe = Client(server.other.client_port, name, domain=OTHER).present()
    at_zoe.subscribe(at_alice.jid)
    at_alice.approve(at_zoe.jid)
    wait_last(at_zoe, at_alice.full_jid, DESK)
    yield at_alice, at_zoe
    at_zoe.close()


@pytest.fixture
def tablet(server):
    """tablet(at_zoe) has another client of hers come."""
    clients = []

    def come(at_zoe):
        name = at_zoe.jid.partition("@")[0]
        clients.append(Client(server.other.client_port, name, "tablet", OTHER).present())
        return clients[-1]

    yield come
    for client in clients:
        client.close()


def test_a_contact_of_another_server_sees_it_as_others_do(peer, abroad, tablet):
    at_alice, at_zoe = abroad
    mark = at_zoe.presences.mark()
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_zoe, at_alice.full_jid, MEETING, mark)
    at_alice.present("away", "coffee").settle()
    wait_last(tablet(at_zoe), at_alice.full_jid, MEETING)
    peer.take(at_alice.jid)
    coffee = ("away", "coffee")
    assert wait_last(at_zoe, at_alice.full_jid, coffee, mark) == [MEETING, MEETING, coffee]
    assert peer.sees(at_alice.jid, at_zoe.jid) == [True]
