"""The other end of a stream as a small program: many people who are all online, without a
server and without clients (tests/bench/sink.c).
"""

import contextlib
import pathlib

from calpresence import Calpresence
from exchange import find_binary
from processes import Process
from server import Options

LIMIT_S = 60


class Sink(Process):
    """bench-sink; looks like a server to Calpresence. Person i is u<i>@example.test, whose
    mailbox is u<i>@example.com."""

    def __init__(self, *arguments):
        program = pathlib.Path(find_binary()).parents[1] / "bench/bench-sink"
        super().__init__("bench-sink", [str(program), *map(str, arguments)])
        self.component_port = int(self.wait_log("^port ").split()[1])
        self.options = Options()

    def close(self):
        self.kill()

    def dnd(self, timeout=LIMIT_S):
        """When the first and the last of the expected stanzas came, in seconds."""
        _, _, first_us, last_us = self.wait_log("^dnd ", timeout).split()
        return int(first_us) / 1e6, int(last_us) / 1e6

    def sample(self):
        return self.wait_log("^sample ").partition(" ")[2]


@contextlib.contextmanager
def crowd(exchange, people, calendar=None, **gateway):
    """A daemon for so many people who are all online, and who all may see each other."""
    sink = Sink(0, people, 1)
    daemon = Calpresence(sink, exchange, gateway=gateway, publish={"watchers": "domain"},
                         calendar=calendar or {})
    try:
        yield daemon.start()
    finally:
        sink.close()  # first: it knows no farewell
        daemon.close()
        print(daemon.output())
