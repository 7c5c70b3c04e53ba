#!/usr/bin/python3
"""The benchmarks: each result is a line `bench NAME VALUE UNIT`, with the goal behind it
where there is one. Time on a shared machine says little: what counts are ratios within a
run and seconds of CPU.

  sweep        what the worker process spends on reading mailboxes of 8 events over TLS,
               beside what python3-exchangelib spends on the same calls
  edge         a meeting of many people starts at one second: how long until the last of
               their watchers' stanzas is on the wire, beside a bare socket writing as much
  edge-team    the same of a team in which everybody knows everybody, in mode component, and
               in mode user at Prosody and ejabberd, beside what the server needs to deliver
               as many presences that come from its own clients
  presence-in  changes of people's own presence taken in, aggregated and published a second
               of CPU, beside a slixmpp component that mirrors them
  many         100,000 people with 8 events each: their memory, what a minute without
               events costs (idle), an edge of all, a start with all of them in the store

usage: bench.py [--full] [--idle SECONDS] [--people N] [ROW...]
CALPRESENCE_BIN and EXCHANGE_SIM name the binaries; `./run bench` sets them.
"""

import argparse
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

# pylint: disable=wrong-import-position
from calendars import soon, stamp  # noqa: E402
from calpresence import Calpresence, is_ready  # noqa: E402
from clients import Clients  # noqa: E402
from ejabberd import Ejabberd  # noqa: E402
from exchange import Exchange  # noqa: E402
from processes import Process  # noqa: E402
from prosody import Prosody  # noqa: E402
from record import poll  # noqa: E402
from server import MODULE  # noqa: E402
from sink import LIMIT_S, Sink  # noqa: E402

SWEEP_PEOPLE = 15000
SWEEP_EVENTS = 8
EXCHANGELIB_PEOPLE = 1000
EDGE_PEOPLE = 7500
EDGE_WATCHERS = 2
EDGE_AFTER_S = 30  # time to start and to read all calendars before the edge
TEAM_PEOPLE = 2000
TEAM_CONTACTS = 1000
TEAM_AFTER_S = 60
SERVER_PEOPLE = 200  # of a team at a real server; as many as above with --full
SERVER_CONTACTS = 100
SERVER_AFTER_S = 15
IN_PEOPLE = 10000
IN_CHANGES = 200000
MIRROR_PEOPLE = 1000
MIRROR_CHANGES = 5000
MANY_EVENTS = 8
MANY_AFTER_S = 90
LOADED_AT_ONCE = 10000  # of people into the simulator
LONG_S = 600
ONCE = {"poll_interval": 86400}
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def result(name, value, unit, goal=None):
    behind = f" (goal {goal})" if goal else ""
    print(f"bench {name} {value:.4g} {unit}{behind}", flush=True)


# ------------------------------------------------------------------ what is measured


def calpresence(server, exchange, **changes):
    """The daemon, reading every calendar once, for everybody of the domain to see; to be
    closed."""
    gateway = SimpleNamespace(
        gateway=lambda: {
            "url": exchange.url,
            "username": exchange.user,
            "password": "secret",
            "ca_file": exchange.ca,
        }
    )
    changes.setdefault("publish", {"watchers": "domain"})
    return Calpresence(server, gateway, gateway=ONCE, log={"level": "warning"}, **changes)


@contextlib.contextmanager
def started(server, exchange, **changes):
    daemon = calpresence(server, exchange, **changes)
    try:
        yield daemon.start()
    finally:
        daemon.close()


def cpu_s(pid):
    """User and system time of a process (proc(5): fields 14 and 15 of stat)."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def scheduled_s(pid):
    """The same of its one thread, to the nanosecond."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def of_status(pid, field):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+)", text, re.M)[1])


def resident_bytes(pid):
    return of_status(pid, "VmRSS") * 1024


def forget_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_bytes(pid):
    return of_status(pid, "VmHWM") * 1024


def longest_turn_ms(daemon):
    """Since its start: what it computed, and how long that took."""
    loop = daemon.status()["loop"]
    return loop["longest_turn_cpu_ms"], loop["longest_turn_ms"]


def events(people, starts, length_s, name="u"):
    """A calendar file: for each of so many people a meeting at each of the starts."""
    times = [f"{stamp(start)} {stamp(start + length_s)} Busy\n" for start in starts]
    numbers = people if isinstance(people, range) else range(people)
    return "".join(f"event {name}{i}@example.com {t}" for i in numbers for t in times)


def wait_read(daemon, exchange, people, timeout=LIMIT_S):
    exchange.wait(timeout=timeout, reads=people)
    daemon.wait_gateway(lambda g: g["mailboxes_read"] >= people, timeout=timeout)


def wait_shown(daemon, stanzas):
    """All watchers were told what there is to see."""
    daemon.wait_status(lambda s: s["outbox"]["sent"] >= stanzas, timeout=LONG_S)


def assert_before(start):
    if time.time() >= start:
        sys.exit("bench: the calendars were not read before the edge")


def floor(stanza, count):
    """How long a bare socket needs to bring as many like stanzas to the sink."""
    with contextlib.closing(Sink(count)) as sink, socket.create_connection(
        ("127.0.0.1", sink.component_port)
    ) as writer:
        writer.sendall(
            b"<stream:stream xmlns='jabber:component:accept' to='meet.example.test'"
            b" xmlns:stream='http://etherx.jabber.org/streams'><handshake/>"
        )
        sink.wait_log("^up")
        text = (stanza * min(count, 10000)).encode()
        begin = time.time()
        for _ in range(count // min(count, 10000)):
            writer.sendall(text)
        writer.sendall((stanza * (count % min(count, 10000))).encode())
        return sink.dnd(LONG_S)[1] - begin


# ------------------------------------------------------------------ sweep and edge


def sweep(_):
    starts = [soon(600 + 7200 * k) for k in range(SWEEP_EVENTS)]
    calendar = events(SWEEP_PEOPLE, starts, 1800)
    calendar += events(EXCHANGELIB_PEOPLE, starts, 1800, "m")
    with Exchange(calendar=calendar) as exchange, contextlib.closing(
        Sink(0, SWEEP_PEOPLE, 1)
    ) as sink:
        with started(sink, exchange) as daemon:
            wait_read(daemon, exchange, SWEEP_PEOPLE)
            [worker] = daemon.worker_pids()
            ours = cpu_s(worker) * 1e6 / SWEEP_PEOPLE
        theirs = float(
            subprocess.run(
                [
                    "/usr/bin/python3",
                    str(HERE / "exchangelib_reader.py"),
                    *(exchange.url, exchange.user, "secret"),
                    *(str(EXCHANGELIB_PEOPLE), str(SWEEP_EVENTS)),
                ],
                env={**os.environ, "REQUESTS_CA_BUNDLE": exchange.ca},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                timeout=LIMIT_S,
            ).stdout
        )
    result("sweep", ours, "us/mailbox")
    result("sweep_exchangelib", theirs, "us/mailbox")
    result("sweep_ratio", theirs / ours, "x")


def report_edge(name, start, shown, sample, stanzas, goal):
    """The edge beside a bare socket that writes as much."""
    first, last = shown
    bare_s = floor(sample, stanzas)
    result(name, (last - start) * 1e3, "ms", goal)
    result(f"{name}_first", (first - start) * 1e3, "ms")
    result(f"{name}_floor", bare_s * 1e3, "ms")
    result(f"{name}_ratio", (last - start) / bare_s, "x of a bare socket")


class Measured:
    """What the daemon spends from here to report(): CPU, memory, the longest turn."""

    def __init__(self, daemon):
        self._daemon = daemon
        self._turn = longest_turn_ms(daemon)
        forget_peak(daemon.pid)
        self._memory = resident_bytes(daemon.pid)
        self._cpu = scheduled_s(daemon.pid)

    def report(self, name):
        cpu = scheduled_s(self._daemon.pid) - self._cpu
        peak = peak_bytes(self._daemon.pid) - self._memory
        turn = longest_turn_ms(self._daemon)
        result(f"{name}_cpu", cpu * 1e3, "ms")
        result(f"{name}_peak", peak / 1024 / 1024, "MiB above what it took before")
        report_turn(name, turn)
        if turn == self._turn:
            print(f"      {name}_turn was in what went before")


def report_turn(name, longest):
    """By CPU, since neighbours are no part of it; what waits for the disk is not either."""
    cpu_ms, ms = longest
    result(f"{name}_turn", cpu_ms, f"ms of CPU in the longest turn, {ms} ms by the clock", "< 50")


def edge(_):
    stanzas = EDGE_PEOPLE * EDGE_WATCHERS
    start = soon(EDGE_AFTER_S)
    with Exchange(calendar=events(EDGE_PEOPLE, [start], 3600)) as exchange, contextlib.closing(
        Sink(stanzas, EDGE_PEOPLE, EDGE_WATCHERS)
    ) as sink, started(sink, exchange) as daemon:
        sink.wait_log("^subscribed ", LIMIT_S)
        wait_read(daemon, exchange, EDGE_PEOPLE)
        assert_before(start)
        measured = Measured(daemon)
        shown = sink.dnd()
        measured.report("edge")
        sample = sink.sample()
    report_edge("edge", start, shown, sample, stanzas, "< 40")


# ------------------------------------------------------------------ a team


def own_s(clients, least):
    """How long the server takes to deliver what all clients say of themselves at once."""
    clients.watch("<show>xa</show>")
    begin = time.time()
    clients.say("<presence><show>xa</show><status>In a meeting</status></presence>")
    _, last = clients.wait(least, LONG_S)
    own = last - begin
    # Nobody is away at the edge, where a busy calendar shows less than away.
    clients.watch("<show>chat</show>")
    clients.say("<presence><show>chat</show></presence>")
    clients.wait(least, LONG_S)
    return own


def user_edge(server, people, contacts, after_s):
    """The edge of a team, in mode user: by the module of a real server."""
    names = [f"u{i}" for i in range(people)]
    ring = [*range(-contacts // 2, 0), *range(1, contacts // 2 + 1)]
    server.add_people(
        {
            name: [f"u{(i + k) % people}@{server.domain}" for k in ring]
            for i, name in enumerate(names)
        }
    )
    stanzas = people * contacts
    name = f"edge_team_{server.name}"
    with contextlib.closing(Clients(server.client_port, server.domain, names)) as clients:
        clients.wait(stanzas // 2, LONG_S)  # who came later may hear of her, or she of him
        own = own_s(clients, stanzas)
        start = soon(after_s)
        with Exchange(calendar=events(people, [start], 3600)) as exchange, started(
            server, exchange, publish={"modes": ["user"]}
        ) as daemon:
            wait_read(daemon, exchange, people)
            assert_before(start)
            measured = Measured(daemon)
            clients.watch("<show>dnd</show>")
            first, last = clients.wait(stanzas, LONG_S)
            measured.report(name)
    result(name, (last - start) * 1e3, f"ms for {people} people x {contacts} contacts")
    result(f"{name}_first", (first - start) * 1e3, "ms")
    result(f"{name}_own_clients", own * 1e3, "ms")
    result(f"{name}_ratio", (last - start) / own, "x of own clients")


def component_team():
    """The edge of a team at the sink, in mode component. It is known from the store: that
    everybody asks everybody takes its time before."""
    stanzas = TEAM_PEOPLE * TEAM_CONTACTS
    with contextlib.closing(Sink(stanzas, TEAM_PEOPLE, TEAM_CONTACTS)) as sink, Exchange(
    ) as exchange, contextlib.closing(calpresence(sink, exchange)) as daemon:
        daemon.start()
        sink.wait_log("^subscribed ", LONG_S)
        report_turn("edge_team_asked", longest_turn_ms(daemon))
        result("edge_team_asked", scheduled_s(daemon.pid) * 1e6 / stanzas, "us/subscription")
        daemon.kill9()
        start = soon(TEAM_AFTER_S)
        exchange.load(events(TEAM_PEOPLE, [start], 3600))
        daemon.start()
        wait_shown(daemon, stanzas)
        wait_read(daemon, exchange, TEAM_PEOPLE)
        assert_before(start)
        memory = resident_bytes(daemon.pid)
        measured = Measured(daemon)
        shown = sink.dnd(LONG_S)
        measured.report("edge_team")
        sample = sink.sample()
    result("edge_team_memory", memory / stanzas, "bytes/watcher")
    report_edge("edge_team", start, shown, sample, stanzas, None)


def edge_team(options):
    component_team()
    people = TEAM_PEOPLE if options.full else SERVER_PEOPLE
    contacts = TEAM_CONTACTS if options.full else SERVER_CONTACTS
    for kind in Prosody, Ejabberd:
        with contextlib.closing(kind(MODULE)) as server:
            server.start()
            user_edge(server, people, contacts, TEAM_AFTER_S if options.full else SERVER_AFTER_S)


# ------------------------------------------------------------------ presence that comes in


def changes_a_cpu_second(sink, pid, changes):
    before = scheduled_s(pid)
    sink.signal(signal.SIGUSR1)
    sink.dnd(LONG_S)
    return changes / (scheduled_s(pid) - before)


def shown(sink):
    return int(sink.wait_log("^shown ").split()[1])


def presence_in_by(name, words, goal):
    start = soon(7200)
    with Exchange(calendar=events(IN_PEOPLE, [start], 3600)) as exchange, contextlib.closing(
        Sink(IN_PEOPLE, IN_PEOPLE, 1, *words, IN_CHANGES)
    ) as sink, started(sink, exchange) as daemon:
        sink.wait_log("^subscribed ", LONG_S)
        wait_read(daemon, exchange, IN_PEOPLE)
        ours = changes_a_cpu_second(sink, daemon.pid, IN_CHANGES)
        published = shown(sink) - IN_PEOPLE  # what there was at first
        longest = longest_turn_ms(daemon)
    result(name, ours, "changes/s of CPU", goal)
    result(f"{name}_published", published / IN_CHANGES, "of them")
    report_turn(name, longest)
    return ours


def mirror():
    with contextlib.closing(Sink(MIRROR_PEOPLE, MIRROR_PEOPLE, 1, MIRROR_CHANGES)) as sink:
        process = Process(
            "mirror",
            ["/usr/bin/python3", str(HERE / "slixmpp_mirror.py"), str(sink.component_port)],
        )
        try:
            sink.wait_log("^subscribed ", LONG_S)
            return changes_a_cpu_second(sink, process.pid, MIRROR_CHANGES)
        finally:
            process.kill()


def presence_in(_):
    ours = presence_in_by("presence_in", ("module",), ">= 200000")
    presence_in_by("presence_in_privilege", ("prosody",), None)
    # ejabberd's privilege does not tell of every lost session: the store keeps presences.
    presence_in_by("presence_in_kept", (), None)
    theirs = mirror()
    result("presence_in_slixmpp", theirs, "changes/s of CPU")
    result("presence_in_ratio", ours / theirs, "x")


# ------------------------------------------------------------------ very many people


def idle(daemon, seconds):
    pids = (daemon.pid, *daemon.worker_pids())

    def measure():
        switches = sum(of_status(pid, "voluntary_ctxt_switches") for pid in pids)
        return switches, sum(map(scheduled_s, pids)), time.monotonic()

    before = measure()
    time.sleep(seconds)
    after = measure()
    wakes, used, lasted = (b - a for a, b in zip(before, after))
    result("idle", used / lasted * 100, "% of a core", "< 0.2")
    result("idle_wakes", wakes / lasted, "a second", "< 5")


def start_of(daemon, stanzas):
    """From the start of the process to a stream with a source, and to the last watcher."""
    begin = time.monotonic()
    daemon.start()
    poll(lambda: (s := daemon.status()) and is_ready(s), LONG_S, "ready", 0.01)
    ready = time.monotonic() - begin
    result("start", ready, "s", "< 2")
    result("start_cpu", scheduled_s(daemon.pid), "s of CPU by then")
    wait_shown(daemon, stanzas)
    result("start_shown", time.monotonic() - begin, "s until all watchers are told")
    report_turn("start", longest_turn_ms(daemon))


def many(options):
    people = options.people
    stanzas = people * EDGE_WATCHERS
    start = soon(MANY_AFTER_S + options.idle)
    starts = [start + 7200 * k for k in range(MANY_EVENTS)]
    with Exchange() as exchange, contextlib.closing(
        Sink(stanzas, people, EDGE_WATCHERS)
    ) as sink, contextlib.closing(calpresence(sink, exchange)) as daemon:
        for first in range(0, people, LOADED_AT_ONCE):
            some = range(first, min(first + LOADED_AT_ONCE, people))
            exchange.load(events(some, starts, 3600))
        daemon.start()
        sink.wait_log("^subscribed ", LONG_S)
        wait_read(daemon, exchange, people, LONG_S)
        assert_before(start)
        memory = sum(map(resident_bytes, (daemon.pid, *daemon.worker_pids())))
        result("memory", memory / people / 1024, "KiB/person", "< 1.5")
        result("memory_main", resident_bytes(daemon.pid) / people / 1024, "KiB/person")
        time.sleep(2)  # what was read last is settled
        idle(daemon, options.idle)
        assert_before(start)
        measured = Measured(daemon)
        shown = sink.dnd(LONG_S)
        measured.report("edge_many")
        sample = sink.sample()
        daemon.kill9()  # no farewell: what watchers see stays in question
        start_of(daemon, stanzas)
    report_edge("edge_many", start, shown, sample, stanzas, "< 350")


ROWS = {
    "sweep": sweep,
    "edge": edge,
    "edge-team": edge_team,
    "presence-in": presence_in,
    "many": many,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--full", action="store_true", help="the whole team at real servers")
    parser.add_argument("--idle", type=int, default=15, metavar="SECONDS")
    parser.add_argument("--people", type=int, default=100000, help="of the row `many`")
    options = parser.parse_args()
    for row in options.rows or ROWS:
        if row not in ROWS:
            parser.error(f"no row {row}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # all that was started ends, too
    for row in options.rows or ROWS:
        ROWS[row](options)


if __name__ == "__main__":
    main()
