"""A run with reconnects, restarts and a reload under valgrind: nothing leaks, nothing is
read that was not written. The build is the release, without sanitizers."""

import os

import pytest

from calpresence import Calpresence, is_ready, is_up
from conftest import only
from server import MODULE
from test_meetings import MEETING
from test_restarts import busy_pair

OPTIONS = MODULE
VALGRIND = [
    "valgrind",
    "--quiet",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite,indirect,possible",
    "--error-exitcode=99",
    "--trace-children=yes",
]


class UnderValgrind(Calpresence):
    """The main process and its workers."""

    def command_line(self, *arguments):
        plain = os.environ.get("CALPRESENCE_PLAIN")
        if plain is None:
            pytest.skip("CALPRESENCE_PLAIN names no build without sanitizers")
        prefix = VALGRIND if arguments == ("run",) else []
        return [*prefix, plain, "-c", str(self.path), *arguments]


def login_pair(login, alice, bob):
    """Both come online; alice is in a meeting that bob sees at her contact."""
    at_bob = login(bob).present()
    at_alice = login(alice).present("away")
    return at_alice, at_bob


@only("prosody")
def test_a_run_with_reconnects_leaks_nothing(server, exchange, people, contacts, login):
    daemon = UnderValgrind(server, exchange, publish={"modes": ["component", "user"]})
    try:
        daemon.run()
        alice, bob, *_ = busy_pair(exchange, people, contacts)
        for _ in range(3):
            server.stop()
            daemon.wait_status(lambda s: not is_up(s), "the loss")
            server.start()
            daemon.wait_status(is_ready, "the way back", 60)
            _, at_bob = login_pair(login, alice, bob)
            at_bob.wait_seen(alice.contact, *MEETING)
            at_bob.wait_seen(alice.jid + "/laptop", *MEETING)
        daemon.sighup()
        daemon.wait_status(lambda s: s["generation"] == 2 and is_ready(s), "the reload")
        daemon.stop()
    finally:
        daemon.close()
    assert "==" not in daemon.output(), daemon.output()
