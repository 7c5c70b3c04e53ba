#!/usr/bin/python3
"""The benchmarks: each result is a line `bench NAME VALUE UNIT`.

  sweep   what the worker process spends on reading mailboxes of 8 events over TLS, beside
          what python3-exchangelib spends on the same calls
  edge    a meeting of many people starts at one second: how long until the last of their
          watchers' stanzas is on the wire, beside a bare socket writing as much

CALPRESENCE_BIN and EXCHANGE_SIM name the binaries; `./run bench` sets them.
"""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

# pylint: disable=wrong-import-position
from calendars import soon, stamp  # noqa: E402
from calpresence import Calpresence  # noqa: E402
from exchange import Exchange  # noqa: E402
from sink import LIMIT_S, Sink  # noqa: E402

SWEEP_PEOPLE = 15000
SWEEP_EVENTS = 8
EXCHANGELIB_PEOPLE = 1000
EDGE_PEOPLE = 7500
EDGE_WATCHERS = 2
EDGE_AFTER_S = 20  # time to start and to read all calendars before the edge
ONCE = {"poll_interval": 86400}
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def result(name, value, unit):
    print(f"bench {name} {value:.4g} {unit}", flush=True)


@contextlib.contextmanager
def calpresence(sink, exchange):
    """The daemon, reading every calendar once, for everybody of the domain to see."""
    gateway = SimpleNamespace(
        gateway=lambda: {
            "url": exchange.url,
            "username": exchange.user,
            "password": "secret",
            "ca_file": exchange.ca,
        }
    )
    daemon = Calpresence(
        sink, gateway, gateway=ONCE, publish={"watchers": "domain"}, log={"level": "warning"}
    )
    try:
        yield daemon.start()
    finally:
        daemon.close()


def cpu_s(pid):
    """User and system time of a process (proc(5): fields 14 and 15 of stat)."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def resident_bytes(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024


def events(people, starts, length_s, name):
    """A calendar file: for each of so many people a meeting at each of the starts."""
    times = [f"{stamp(start)} {stamp(start + length_s)} Busy\n" for start in starts]
    return "".join(f"event {name}{i}@example.com {t}" for i in range(people) for t in times)


def sweep():
    starts = [soon(600 + 7200 * k) for k in range(SWEEP_EVENTS)]
    calendar = events(SWEEP_PEOPLE, starts, 1800, "u")
    calendar += events(EXCHANGELIB_PEOPLE, starts, 1800, "m")
    with Exchange(calendar=calendar) as exchange, contextlib.closing(
        Sink(0, SWEEP_PEOPLE, 1)
    ) as sink:
        with calpresence(sink, exchange) as daemon:
            exchange.wait(timeout=LIMIT_S, reads=SWEEP_PEOPLE)
            daemon.wait_gateway(lambda g: g["mailboxes_read"] >= SWEEP_PEOPLE)
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


def edge():
    stanzas = EDGE_PEOPLE * EDGE_WATCHERS
    start = soon(EDGE_AFTER_S)
    calendar = events(EDGE_PEOPLE, [start], 3600, "u")
    with Exchange(calendar=calendar) as exchange, contextlib.closing(
        Sink(stanzas, EDGE_PEOPLE, EDGE_WATCHERS)
    ) as sink, calpresence(sink, exchange) as daemon:
        sink.wait_log("^subscribed ", LIMIT_S)
        exchange.wait(timeout=LIMIT_S, reads=EDGE_PEOPLE)
        daemon.wait_gateway(lambda g: g["mailboxes_read"] >= EDGE_PEOPLE)
        if time.time() >= start:
            sys.exit("bench: the calendars were not read before the edge")
        memory = resident_bytes(daemon.pid)
        first, last = sink.dnd()
        sample = sink.sample()
    bare_s = floor(sample, stanzas)
    result("edge", (last - start) * 1e3, "ms")
    result("edge_first", (first - start) * 1e3, "ms")
    result("edge_floor", bare_s * 1e3, "ms")
    result("edge_ratio", (last - start) / bare_s, "x")
    result("memory", memory / EDGE_PEOPLE / 1024, "KiB/person")


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
        text = (stanza * count).encode()
        begin = time.time()
        writer.sendall(text)
        return sink.dnd()[1] - begin


if __name__ == "__main__":
    sweep()
    edge()
