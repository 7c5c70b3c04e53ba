"""The servers that a test process keeps, and the people that a test makes."""

import itertools
import os
import pathlib
import re
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "graph")]
# What the libraries leak is not ours to mend.
SUPPRESSIONS = f"suppressions={HERE.parent}/config/lsan.supp:print_suppressions=0"
os.environ.setdefault("LSAN_OPTIONS", SUPPRESSIONS)

# pylint: disable=wrong-import-position
from calendars import Calendars  # noqa: E402
from calpresence import Calpresence  # noqa: E402
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
    """An IM server, with the file's OPTIONS: each test runs on Prosody and on ejabberd.
    What one test did to it (options, a kill) is undone for the next."""
    name = request.param
    if name not in running_servers:
        running_servers[name] = SERVERS[name]()
        running_servers[name].start()
    running_servers[name].thaw()
    running_servers[name].configure(getattr(request.module, "OPTIONS", Options()))
    return running_servers[name]


def only(name):
    """Marks a test of what only one of the servers does."""
    return pytest.mark.parametrize("server", [name], indirect=True)


def unescape(local):
    """The text that a JID's local part stands for (XEP-0106)."""
    return re.sub(r"\\([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), local)


class Person:
    """A registered user with her addresses; her name is new in every test."""

    def __init__(self, name):
        self.name = name
        self.jid = f"{name}@{DOMAIN}"
        self.mailbox = f"{unescape(name)}@example.com"
        self.contact = f"{name}@{COMPONENT}"  # as watchers see her in component mode


@pytest.fixture
def people(request, server):
    """people("alice") registers someone of about that name, with a mailbox if the test
    has an Exchange."""

    def add(name):
        person = Person(f"{name}{next(_numbers)}")
        server.add_user(person.name)
        if "exchange" in request.fixturenames:
            request.getfixturevalue("exchange").create(person.mailbox)
        return person

    return add


@pytest.fixture
def login(server):
    """login(person, resource) gives a connected client that has sent nothing yet."""
    clients = []

    def connect(person, resource="laptop", **keys):
        clients.append(Client(server.client_port, person.name, resource, **keys))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def contacts(login):
    """contacts(alice, bob) logs both in, bob as one who sees alice by her contact list;
    gives their clients."""

    def connect(person, watcher):
        at_person, at_watcher = login(person).present(), login(watcher).present()
        at_watcher.subscribe(person.jid)
        at_person.approve(watcher.jid)
        at_watcher.wait_seen(at_person.full_jid, "available")
        return at_person, at_watcher

    return connect


@pytest.fixture
def exchange():
    """A simulated Exchange without any meetings."""
    with Calendars() as simulator:
        yield simulator
        if simulator.running:
            simulator.assert_well_spoken()


@pytest.fixture
def calpresence(server, exchange):
    """calpresence(publish={...}) makes a configuration with a daemon, not yet started."""
    daemons = []

    def make(**changes):
        daemons.append(Calpresence(server, exchange, **changes))
        return daemons[-1]

    yield make
    for daemon in daemons:
        daemon.close()
        print(daemon.output())  # shown where the test failed


@pytest.fixture
def component(server):
    """component() connects a bare component in calpresence's place."""
    components = []

    def connect(secret=None, jid=COMPONENT):
        secret = secret or server.options.secret
        components.append(Component(server.component_port, jid, secret))
        return components[-1]

    yield connect
    for one in components:
        one.close()


def pytest_terminal_summary(terminalreporter):
    """Shows what tests have measured: record_property("measured", "this takes 2 s")."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(text)
