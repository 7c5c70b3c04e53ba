"""Servers with mod_calpresence, and those who test it. The names of test modules import these."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

# pylint: disable=wrong-import-position
from client import Client, bare  # noqa: E402, F401
from conftest import SERVERS, Person, contacts, login, people  # noqa: E402, F401
from peer import Peer  # noqa: E402
from prosody import Prosody  # noqa: E402, F401
from server import COMPONENT, Options  # noqa: E402

MEETING = ("dnd", "In a meeting")
AWAY = ("away", "Out of office")
DESK = ("available", "at my desk")
MODULE = Options(module=True, privileges=False, kick_old=True, usual=True)


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    """One server of each kind for all tests of a file, with the file's OPTIONS."""
    options = getattr(request.module, "OPTIONS", MODULE)
    one = SERVERS[request.param](options)
    one.start()
    yield one
    one.close()


@pytest.fixture
def join(server):
    """join() connects the component and says hello; join("meet2.example.test") another."""
    peers = []

    def connect(jid=COMPONENT, hello=True):
        peers.append(Peer(server.component_port, jid, server.options.secret))
        if hello:
            peers[-1].hello()
        return peers[-1]

    yield connect
    for one in peers:
        one.close()


@pytest.fixture
def peer(join):
    """The component, which has said hello and took away what tests before it have laid."""
    one = join()
    one.lay(complete=True)
    return one


@pytest.fixture
def desk(people, contacts):
    """alice at her desk and bob, who sees her there: their clients."""
    at_alice, at_bob = contacts(people("alice"), people("bob"))
    at_alice.present(status=DESK[1])
    at_bob.wait_seen(at_alice.full_jid, *DESK)
    at_alice.settle()
    return at_alice, at_bob


def befriend(at_person, at_watcher):
    """From now on the watcher sees the person; both are online."""
    mark, request = at_watcher.presences.mark(), at_person.presences.mark()
    at_watcher.subscribe(at_person.jid)
    at_person.approve(at_watcher.jid, after=request)
    at_watcher.wait_presence(lambda p: p.available and bare(p.sender) == at_person.jid, after=mark)


def heard(client, jid, mark=0):
    """What came from a bare or full JID since the mark: (show, status), or the type of what
    is no presence in the narrow sense."""
    return [
        (p.show, p.status) if p.available else p.type
        for p in client.presences.items(mark)
        if jid in (p.sender, bare(p.sender))
    ]


def wait_last(client, jid, view, mark=0):
    """Waits until the last of what was heard is this; returns all of it."""
    client.presences.wait_until(
        lambda: heard(client, jid, mark)[-1:] == [view],
        what=f"{jid} as {view} at {client.full_jid}, who heard {heard(client, jid, mark)},",
    )
    return heard(client, jid, mark)


def person(client):
    """Whose client this is."""
    return Person(client.jid.partition("@")[0])
