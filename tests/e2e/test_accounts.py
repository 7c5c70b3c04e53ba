"""No account sees more than two bad log-ons in a quarter of an hour, whatever happens."""

import contextlib
import itertools
import socket
import sqlite3
import threading

import pytest

from calendars import Calendars, soon
from calpresence import is_ready
from conftest import only
from record import poll
from test_meetings import MEETING, watched

pytestmark = only("prosody")  # the IM server has no part in it


def is_locked(gateway):
    return (gateway["health"], gateway["fault"]) == ("locked", "auth")


def wait_locked(daemon, what="the breaker"):
    daemon.wait_status(lambda s: all(map(is_locked, s["gateways"])), what, 60)


def reload(daemon):
    generation = daemon.status()["generation"]
    daemon.sighup()
    daemon.wait_status(lambda s: is_ready(s) and s["generation"] > generation, "the reload")


def bad(*simulators):
    return sum(simulator.stats()["logon_failures"] for simulator in simulators)


@pytest.fixture
def scene(calpresence, exchange, people, contacts):
    """A daemon that reads alice, whom bob watches."""
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    daemon.wait_calendar(alice.jid, "free")
    return daemon, exchange, alice, at_bob


def test_five_reloads_after_a_changed_password(scene):
    daemon, exchange, _, _ = scene
    exchange.password("another")
    exchange.wait(logon_failures=1)
    for _ in range(5):
        reload(daemon)
    wait_locked(daemon)
    assert bad(exchange) == 2
    for _ in range(5):
        reload(daemon)
        wait_locked(daemon)
    assert bad(exchange) == 2


def test_three_restarts_after_a_changed_password(scene):
    daemon, exchange, alice, at_bob = scene
    exchange.password("another")
    wait_locked(daemon)
    daemon.stop()
    daemon.run()
    wait_locked(daemon, "what the store has of it")
    daemon.kill9()
    daemon.run()
    wait_locked(daemon, "what the store has of it")
    gateway = daemon.gateway()
    assert "log-on of this account was refused 2 times" in gateway["text"]
    assert gateway["next_try"]
    said = daemon.command("status").stdout
    assert "locked" in said and "was refused 2 times" in said
    daemon.stop()
    daemon.configure_gateway(password="another")
    daemon.run()  # another secret begins anew
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING, timeout=60)
    assert bad(exchange) == 2


def test_restarts_between_two_refusals(scene):
    daemon, exchange, _, _ = scene
    exchange.password("another")
    exchange.wait(logon_failures=1)
    for _ in range(3):
        daemon.stop()
        daemon.run()
    wait_locked(daemon)
    assert bad(exchange) == 2


def test_a_new_password_is_tried_at_once(scene):
    daemon, exchange, alice, at_bob = scene
    exchange.password("another")
    wait_locked(daemon)
    daemon.configure_gateway(password="another")
    daemon.sighup()
    daemon.wait_gateway(lambda g: g["health"] == "up", "the way back")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)
    assert bad(exchange) == 2


def test_a_store_that_takes_nothing_keeps_nobody_out(scene):
    daemon, exchange, _, _ = scene
    with contextlib.closing(sqlite3.connect(daemon.folder / "calpresence.db")) as other:
        other.execute("BEGIN IMMEDIATE")  # what the daemon writes fails meanwhile
        exchange.password("another")
        wait_locked(daemon)
        reload(daemon)
        wait_locked(daemon)
        assert bad(exchange) == 2
        daemon.configure_gateway(password="another")
        daemon.sighup()
        daemon.wait_gateway(lambda g: g["health"] == "up", "the way back")
        other.rollback()
    assert bad(exchange) == 2


def two_gateways(exchange, other, username):
    """Of one account, whose name is written in two ways."""
    first = {"name": "hq", "type": "ews", "auth": "basic", "poll_interval": 1,
             "mail_domains": ["example.com"]} | exchange.gateway()
    second = {"name": "branch", "type": "ews", "auth": "basic", "poll_interval": 1,
              "mail_domains": ["example.net"]} | other.gateway() | {"username": username}
    return first, second


@pytest.fixture
def both(calpresence, exchange, people, login):
    """A daemon with two gateways of one account, and who is read at each."""
    with Calendars() as other:
        alice, bob, carol = people("alice"), people("bob"), people("carol")
        other.create("bob@example.net")
        gateways = two_gateways(exchange, other, exchange.user.lower())
        daemon = calpresence(
            gateways=gateways, publish={"watchers": "domain"},
            users=({"jid": bob.jid, "mailbox": "bob@example.net"},))

        def watch():
            at_carol = login(carol).present()
            for person in (alice, bob):
                login(person).present()
                at_carol.subscribe(person.contact)

        yield daemon, exchange, other, watch


def test_two_gateways_after_a_changed_password(both):
    daemon, exchange, other, watch = both
    daemon.run()
    watch()
    for simulator in (exchange, other):
        simulator.wait(reads=2)
    for simulator in (exchange, other):
        simulator.password("another")
    wait_locked(daemon)
    daemon.stop()
    daemon.run()
    wait_locked(daemon)
    assert bad(exchange, other) == 2


def test_two_gateways_with_a_wrong_password_from_the_start(both):
    daemon, exchange, other, watch = both
    for simulator in (exchange, other):
        simulator.password("another")
    daemon.run()
    watch()
    wait_locked(daemon)
    for _ in range(2):
        reload(daemon)
        wait_locked(daemon)
    assert bad(exchange, other) == 2


class Balancer:
    """Hands each connection to the next of several servers."""

    def __init__(self, ports):
        self._ports = itertools.cycle(ports)
        self._open = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/EWS/Exchange.asmx"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", next(self._ports)))
                self._open += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()

    @staticmethod
    def _pass(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Ends all connections, so that the next request makes a new one."""
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self):
        self._listener.close()
        self.cut()


def test_one_server_of_three_refuses_what_the_others_grant(calpresence, people, contacts):
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Calendars(tls=False)) for _ in range(3)]
        good, refuser, next_good = servers
        balancer = stack.enter_context(contextlib.closing(Balancer(
            [server.gateway()["url"].split(":")[2].split("/")[0] for server in servers])))
        alice, bob = people("alice"), people("bob")
        for server in servers:
            server.create(alice.mailbox)
        daemon = calpresence(gateway=good.gateway() | {"url": balancer.url, "ca_file": ""})
        daemon.run()
        watched(alice, contacts(alice, bob))
        daemon.wait_calendar(alice.jid, "free")
        refuser.password("another")
        balancer.cut()
        refuser.wait(logon_failures=1)
        next_good.wait(reads=3, timeout=60)
        assert daemon.gateway()["health"] == "up"
        assert bad(*servers) == 1
        # A second time within a quarter of an hour is the last one.
        balancer.cut()
        good.wait(reads=good.stats()["reads"] + 2)
        balancer.cut()
        refuser.wait(logon_failures=2)
        wait_locked(daemon)
        poll(lambda: daemon.gateway()["next_try"], what="when it is tried again")
        balancer.cut()
        assert bad(*servers) == 2


def test_one_url_of_two_refuses_what_the_other_grants(calpresence, people, contacts):
    with Calendars(tls=False) as refuser, Calendars(tls=False) as good:
        alice, bob = people("alice"), people("bob")
        for server in (refuser, good):
            server.create(alice.mailbox)
        gateway = good.gateway() | {"url": [refuser.url, good.url], "ca_file": ""}
        refuser.password("another")
        daemon = calpresence(gateway=gateway).run()
        watched(alice, contacts(alice, bob))
        daemon.wait_gateway(lambda g: g["health"] == "up", "the other one", 60)
        good.wait(reads=3)
        assert daemon.gateway()["health"] == "up"
        daemon.wait_log("the preferred url refuses the log-on")
        assert bad(refuser, good) == 1
