"""Five gateways, one of which is a black hole."""

import contextlib
import socket
import threading

import pytest

from calendars import Calendars, soon
from conftest import only
from test_meetings import LATE_S, MEETING, assert_on_time

pytestmark = only("prosody")  # the IM server has no part in it

INTERVAL_S = 2
WELL = ("north", "east", "south", "west")
DEAD = "hole"


class Silent:
    """Takes every connection and never says a word."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._taken = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self._taken.append(self._listener.accept()[0])

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        for one in (self._listener, *self._taken):
            one.close()


class Full:
    """Listens, and its queue is full: the kernel lets who comes wait."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port = self._listener.getsockname()[1]
        self._queued = []
        for _ in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", self.port))
            self._queued.append(one)

    def close(self):
        for one in (self._listener, *self._queued):
            one.close()


@pytest.fixture(params=[Silent, Full])
def hole(request):
    one = request.param()
    yield one
    one.close()


@pytest.fixture
def simulators():
    """By the name of the gateway."""
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(Calendars(tls=False)) for name in WELL}


def gateway(name, **more):
    return {"name": name, "type": "ews", "mail_domains": [f"{name}.example.com"],
            "poll_interval": INTERVAL_S, "timeout": 3} | more


def gaps_ms(simulator):
    """What lay between the requests that a simulator got."""
    times = [request["at_ms"] for request in simulator.requests()]
    return [later - earlier for earlier, later in zip(times, times[1:])]


def test_a_dead_gateway_costs_the_others_nothing(
    calpresence, hole, simulators, people, login
):
    names = (*WELL, DEAD)
    crowd = {name: people(name) for name in names}
    url = f"http://127.0.0.1:{hole.port}/EWS/Exchange.asmx"
    gateways = [gateway(name, **simulators[name].gateway() | {"ca_file": ""})
                for name in WELL]
    gateways.append(gateway(DEAD, url=url, username="u", password="p"))
    users = tuple({"jid": crowd[name].jid, "mailbox": f"her@{name}.example.com"}
                  for name in names)
    start = soon(10)
    for name in WELL:
        simulators[name].create(f"her@{name}.example.com")
        simulators[name].add(f"her@{name}.example.com", start, start + 3)
    daemon = calpresence(gateways=tuple(gateways), users=users,
                         publish={"watchers": "domain"}).run()
    at_bob = login(people("bob")).present()
    for person in crowd.values():
        login(person).present()
        at_bob.subscribe(person.contact)
    for name in WELL:
        assert_on_time(at_bob.wait_seen(crowd[name].contact, *MEETING), start)
    for name in WELL:
        assert_on_time(at_bob.wait_seen(crowd[name].contact, "available"), start + 3)

    status = daemon.wait_status(
        lambda s: [g["health"] for g in s["gateways"]] == ["up"] * 4 + ["down"],
        "one dead gateway")
    dead = status["gateways"][-1]
    assert (dead["name"], dead["fault"]) == (DEAD, "connect")
    assert f"gateway {DEAD}: down" in daemon.command("status").stdout
    why = daemon.why(crowd[DEAD].jid)
    assert why["calendar"]["state"] == "unknown"
    assert why["calendar"]["gateway_problem"] == dead["text"]
    for name in WELL:
        assert len(gaps_ms(simulators[name])) >= 3
        assert max(gaps_ms(simulators[name])) <= (INTERVAL_S + LATE_S) * 1000
        assert simulators[name].stats()["reads"] == simulators[name].stats()["requests"]
