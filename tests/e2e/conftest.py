"""The servers that a test process keeps, and the people that a test makes."""

import itertools
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

# pylint: disable=wrong-import-position
from client import Client  # noqa: E402
from component import Component  # noqa: E402
from ejabberd import Ejabberd  # noqa: E402
from prosody import Prosody  # noqa: E402
from server import COMPONENT, DOMAIN, Options  # noqa: E402

SERVERS = {"prosody": Prosody, "ejabberd": Ejabberd}
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def running_servers():
    """The servers of this process by name, started when first asked for."""
    servers = {}
    yield servers
    for server in servers.values():
        server.close()


@pytest.fixture(params=SERVERS)
def server(request, running_servers):
    """An IM server: each test runs on Prosody and on ejabberd. What one test did to it
    (options, a kill) is undone for the next."""
    name = request.param
    if name not in running_servers:
        running_servers[name] = SERVERS[name]().start()
    running_servers[name].thaw()
    running_servers[name].configure(Options())
    return running_servers[name]


def only(name):
    """Marks a test of what only one of the servers does."""
    return pytest.mark.parametrize("server", [name], indirect=True)


class Person:
    """A registered user with her addresses; her name is new in every test."""

    def __init__(self, name):
        self.name = name
        self.jid = f"{name}@{DOMAIN}"
        self.mailbox = f"{name}@example.com"
        self.contact = f"{name}@{COMPONENT}"  # as watchers see her in component mode


@pytest.fixture
def people(server):
    """people("alice") registers someone of about that name."""

    def add(name):
        person = Person(f"{name}{next(_numbers)}")
        server.add_user(person.name)
        return person

    return add


@pytest.fixture
def login(server):
    """login(person, resource) gives a connected client that has sent nothing yet."""
    clients = []

    def connect(person, resource="laptop"):
        clients.append(Client(server.client_port, person.name, resource))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def component(server):
    """component() connects a bare component in calpresence's place."""
    components = []

    def connect(secret="secret", jid=COMPONENT):
        components.append(Component(server.component_port, jid, secret))
        return components[-1]

    yield connect
    for one in components:
        one.close()
