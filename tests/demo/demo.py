#!/usr/bin/python3
"""The main job, to be watched: what bob's client sees of alice while she has meetings.

Starts Prosody with mod_calpresence, a simulated Exchange (--gateway graph: a simulated
Microsoft Graph), calpresence and two Jabber clients
on free ports of the loopback interface, shows both publish modes and stays up until Ctrl-C;
--once leaves instead.
CALPRESENCE_BIN and EXCHANGE_SIM name the binaries; `./run demo` sets them.
"""

import argparse
import contextlib
import pathlib
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "graph")]

# pylint: disable=wrong-import-position
from calendars import Calendars, soon  # noqa: E402
from calpresence import Calpresence  # noqa: E402
from client import Client, bare  # noqa: E402
from graph import Graph  # noqa: E402
from prosody import Prosody  # noqa: E402
from server import COMPONENT, DOMAIN, MODULE, PASSWORD  # noqa: E402

ALICE = f"alice@{DOMAIN}"
CONTACT = f"alice@{COMPONENT}"
MAILBOX = "alice@example.com"
WORDS = {
    "available": "available",
    "away": "away",
    "xa": "away for long",
    "dnd": "do not disturb",
    "unavailable": "offline",
}
AT_ONCE_S = 5  # how long a step may take before the demo fails
POLL_S = 2
A_YEAR_S = 365 * 86400


GATEWAYS = {"ews": Calendars, "graph": Graph}


class Failed(Exception):
    """A step did not come, or came wrong."""


def clock(moment):
    fraction = int(moment % 1 * 1000)
    return time.strftime("%H:%M:%S", time.localtime(moment)) + f".{fraction:03}"


def line(moment, who, show, status, remark):
    text = f'"{status}"' if status else ""
    print(f"  {clock(moment)}  {who:<24} {show:<15} {text:<16} {remark}".rstrip(), flush=True)


class Stage:
    """All the parts, and the story that is told with them."""

    def __init__(self, parts, gateway):
        self._parts = parts
        self.server = Prosody(MODULE)
        parts.callback(self.server.close)
        self.server.start()
        for name in ("alice", "bob", "carol"):
            self.server.add_user(name)
        self.exchange = parts.enter_context(GATEWAYS[gateway]())
        self.exchange.create(MAILBOX, "bob@example.com", "carol@example.com")
        self.calpresence = Calpresence(
            self.server, self.exchange, gateway={"poll_interval": POLL_S},
            publish={"modes": ["user"]},
        )
        parts.callback(self.calpresence.close)
        self.alice = self.login("alice", "laptop")
        self.bob = self.login("bob", "desk")

    def login(self, name, resource):
        client = Client(self.server.client_port, name, resource)
        self._parts.callback(client.close)
        return client.present()

    def befriend(self):
        """Makes bob a contact of alice's, as the policy `contacts` wants it."""
        self.bob.subscribe(ALICE)
        self.alice.approve(self.bob.jid)
        self.bob.wait_seen(ALICE, "available")

    def expect(self, who, show, status, remark, edge=None):
        """The next thing that bob sees of who; edge: when it is due, on the wall clock."""
        try:
            seen = self.bob.wait_seen(who, show, status, AT_ONCE_S)
        except AssertionError as error:
            raise Failed(f"bob did not see {who} as {WORDS[show]}: {remark}") from error
        if edge is not None:
            late_ms = (seen.at - edge) * 1000
            if late_ms < 0:
                raise Failed(f"{remark}: {-late_ms:.0f} ms too early")
            remark += f" ({late_ms:.0f} ms after it)"
        line(seen.at, who, WORDS[seen.show], seen.status, remark)

    def meetings(self, who, show, status):
        """Two meetings that overlap, and what bob sees of them; show and status are alice's
        own, which come back afterwards."""
        first = soon(5)
        second = first + 4
        self.exchange.add(MAILBOX, first, first + 8)
        self.exchange.add(MAILBOX, second, second + 8)
        sleep_until(first - 1)
        self.expect(who, "dnd", "In a meeting", "the first meeting starts", first)
        mark = self.bob.presences.mark()
        for moment, remark in (
            (second, "the second meeting starts: nothing changes"),
            (first + 8, "the first meeting ends: nothing changes"),
        ):
            sleep_until(moment + 0.5)
            self.expect_nothing_since(mark, who)
            line(moment, who, "", "", remark)
        sleep_until(second + 7)
        self.expect(who, show, status, "the second meeting ends", second + 8)

    def expect_nothing_since(self, mark, who):
        for seen in self.bob.presences.items(mark):
            if bare(seen.sender) == who:
                raise Failed(f"bob saw {who} as {WORDS[seen.show]} in between")

    def user_mode(self):
        heading("user", f"bob has the contact {ALICE}, her own address")
        self.befriend()
        self.calpresence.run()
        self.alice.present("away", "Making coffee")
        self.expect(ALICE, "away", "Making coffee", "alice's own presence")
        self.meetings(ALICE, "away", "Making coffee")

    def component_mode(self):
        heading("component", f"bob has the contact {CONTACT}")
        self.calpresence.stop()
        self.calpresence.configure(publish={"modes": ["component", "user"]})
        self.calpresence.run()
        self.alice.present(None, "At my desk")
        self.bob.subscribe(CONTACT)
        self.expect(CONTACT, "available", "At my desk", "bob's subscription is admitted")
        self.meetings(CONTACT, "available", "At my desk")

    def stay(self):
        """Goes on telling what bob sees of alice until interrupted."""
        print(INVITATION.format(
            port=self.server.client_port,
            password=PASSWORD,
            domain=DOMAIN,
            url=self.exchange.control_url,
            mailbox=MAILBOX.replace("@", "%40"),
            status=" ".join(self.calpresence.command_line("status")),
            poll=POLL_S,
        ), flush=True)
        mark = self.bob.presences.mark()
        while True:
            seen = self.bob.wait_presence(lambda p: True, A_YEAR_S, mark)
            mark += 1
            who = bare(seen.sender)
            if who in (ALICE, CONTACT) and seen.show in WORDS:
                line(seen.at, who, WORDS[seen.show], seen.status, "")


INVITATION = """
All of it stays up until Ctrl-C, in both modes. To look for yourself:

  a client of your own    server 127.0.0.1, port {port}, without encryption
                          carol@{domain}, bob@{domain} or alice@{domain}, password "{password}"
                          bob is alice's contact; anybody else asks her for it
  a meeting for alice     curl -kd '' '{url}add?mailbox={mailbox}&start=now%2B5&end=%2B30'
                          (is read within {poll} s; starts in 5 s, lasts 30 s)
  what calpresence does   {status}

What bob sees from now on:
"""


def heading(mode, text):
    print(f"\nMode `{mode}`: {text}\n", flush=True)


def sleep_until(moment):
    time.sleep(max(0.0, moment - time.time()))


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__.split("\n")[0])
    parser.add_argument("--once", action="store_true", help="leave after the two modes")
    parser.add_argument("--gateway", choices=GATEWAYS, default="ews",
                        help="what the calendars are read from")
    arguments = parser.parse_args()
    for ending in (signal.SIGTERM, signal.SIGHUP):  # the terminal may be closed
        signal.signal(ending, interrupt)
    with contextlib.ExitStack() as parts:
        try:
            print("What bob's Jabber client sees of alice while she has meetings.")
            stage = Stage(parts, arguments.gateway)
            stage.user_mode()
            stage.component_mode()
            if arguments.once:
                print("\nEverything came as it should.")
            else:
                stage.stay()
        except KeyboardInterrupt:
            print("\nEnding what was started.")
        except (Failed, AssertionError) as error:
            print(f"\ndemo: failed: {error}", file=sys.stderr)
            return 1
        finally:
            # What was started is ended in peace, however often Ctrl-C is pressed.
            for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(ending, signal.SIG_IGN)
    return 0


if __name__ == "__main__":
    sys.exit(main())
