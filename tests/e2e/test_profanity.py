"""User mode as a contact's client shows it: profanity, in a terminal of its own."""

import os
import pathlib
import re
import shlex
import subprocess
import tempfile

import pytest

from calendars import soon
from conftest import only
from record import TIMEOUT_S, poll
from server import MODULE, PASSWORD
from test_meetings import MEETING

pytestmark = only("prosody")
OPTIONS = MODULE

WIDTH, HEIGHT = 160, 40
STATUS = MEETING[1]
SEEN_S = 60  # profanity is slow to start beside other tests


def contact_list(screen):
    """The panel at the right side: group -> the lines below its heading."""
    lines = screen.splitlines()
    left = max(line.find("Do not disturb (") for line in lines)
    groups, heading = {}, None
    for line in lines if left > 0 else ():
        text = line[left:].strip()
        if re.search(r" \(\d+\)$", text):
            heading = text.rpartition(" ")[0]
            groups[heading] = []
        elif text and heading:
            groups[heading].append(text)
    return groups


class Profanity:
    """profanity on a tmux server of its own, that ends with it."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(
            prefix="calpresence-profanity-",
            ignore_cleanup_errors=True,  # it may be writing its settings still
        )
        home = pathlib.Path(self._folder.name)
        self._socket = home / "tmux.sock"
        variables = {
            "HOME": home,
            "XDG_CONFIG_HOME": home / "config",
            "XDG_DATA_HOME": home / "data",
            "TERM": "screen",
        }
        settings = [f"{name}={value}" for name, value in variables.items()]
        size = ("-x", str(WIDTH), "-y", str(HEIGHT))
        command = shlex.join(["env", *settings, "profanity", "--log", "ERROR"])
        self._tmux("-f", os.devnull, "new-session", "-d", *size, command)

    def _tmux(self, *arguments):
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        )
        return done.stdout

    def type(self, line):
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def wait_screen(self, predicate, what):
        """Waits until the predicate takes the text on the screen."""
        screen = ""

        def fits():
            nonlocal screen
            screen = self._tmux("capture-pane", "-p")
            return predicate(screen)

        try:
            poll(fits, SEEN_S, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{screen}") from None

    def wait_text(self, text):
        self.wait_screen(lambda screen: text in screen, text)

    def wait_contact(self, group, *lines):
        """Waits until a group of the contact list is just this."""
        self.wait_screen(
            lambda screen: contact_list(screen).get(group) == list(lines),
            f"{lines} below {group!r}",
        )

    def log_in(self, person, port):
        self.wait_text("/help")
        for what in "presence", "status":
            self.type(f"/roster show {what}")
            self.wait_text(f"Roster {what} enabled")
        self.type(f"/connect {person.jid} server 127.0.0.1 port {port} tls disable")
        self.wait_text("Enter password:")
        self.type(PASSWORD)
        self.wait_text("logged in successfully")

    def close(self):
        self._tmux("kill-server")
        self._folder.cleanup()


@pytest.fixture
def profanity():
    client = Profanity()
    yield client
    client.close()


def test_a_meeting_comes_and_goes_in_profanity(
    server, calpresence, exchange, people, contacts, profanity
):
    alice, bob = people("alice"), people("bob")
    _, at_bob = contacts(alice, bob)
    at_bob.close()
    daemon = calpresence(publish={"modes": ["user"]}).run()
    daemon.wait_calendar(alice.jid, "free")
    profanity.log_in(bob, server.client_port)
    profanity.wait_contact("Online", alice.jid)
    start = soon(2)
    exchange.add(alice.mailbox, start, start + 5)
    profanity.wait_contact("Do not disturb", alice.jid, f'"{STATUS}"')
    profanity.wait_contact("Online", alice.jid)
    profanity.wait_contact("Do not disturb")
