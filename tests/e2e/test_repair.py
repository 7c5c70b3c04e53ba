"""User mode after an absence: at most one wrong presence a watcher, none after 10 s."""

import contextlib
import sqlite3
import time
from dataclasses import dataclass

import pytest

from calendars import soon
from client import Client
from record import poll
from test_meetings import MEETING
from test_user_rows import OWN, daemon, log_in_known, publish  # noqa: F401

GRACE_S = 10
HOUR_S = 3600
CHANGED = ("xa", "Changed meanwhile")
GONE = ("unavailable", "")
# The columns of the store that tell when something was.
WHEN = {
    "person": ["seen"],
    "subscription": ["since"],
    "overlay": ["until"],
    "presence": ["changed"],
    "calendar": ["read_at"],
}


@dataclass
class Role:
    """One of bob's contacts, and what bob has to see of her in the end."""

    person: object
    client: Client
    right: tuple

    def wrongs(self, watcher, mark):
        """What the watcher got of her behind the mark and is neither what holds now nor
        what she said herself before."""
        got = [p for p in watcher.presences.items(mark) if p.sender == self.client.full_jid]
        return [p for p in got if view(p) != self.right]


def view(presence):
    if presence.type == "unavailable":
        return GONE
    return presence.show, presence.status or ""


@pytest.fixture
def cast(daemon, people, contacts, login, exchange):  # noqa: F811
    """role name -> Role: all but one are in a meeting when the absence begins."""
    bob = people("bob")
    roles = {}
    at_bob = None
    for name in "over", "still", "gone", "changed", "calm":
        person = people(name)
        if at_bob is not None:
            at_bob.close()
        at_person, at_bob = contacts(person, bob)
        at_person.close()
        at_person = log_in_known(daemon, login, person)
        roles[name] = Role(person, at_person, OWN)
    end = soon(6)
    for name in "over", "changed":
        exchange.add(roles[name].person.mailbox, soon(-60), end)
    for name in "still", "gone":
        exchange.add(roles[name].person.mailbox, soon(-60), soon(2 * HOUR_S))
    for name in "over", "changed", "still", "gone":
        at_bob.wait_seen(roles[name].client.full_jid, *MEETING)
    at_bob.wait_seen(roles["calm"].client.full_jid, *OWN)
    return roles, at_bob, end


def age(path, seconds):
    """Makes all that the store knows that much older."""
    with contextlib.closing(sqlite3.connect(path)) as store, store:
        for table, columns in WHEN.items():
            for column in columns:
                store.execute(f"UPDATE {table} SET {column} = {column} - {seconds}")


def meanwhile(roles, exchange, end, tells_all):
    """What happens while nobody is there to tell of it."""
    roles["gone"].client.close()
    roles["gone"].right = GONE
    if tells_all:
        roles["changed"].client.present(*CHANGED)
        roles["changed"].right = CHANGED
    exchange.add(roles["calm"].person.mailbox, soon(-1), soon(2 * HOUR_S))
    roles["calm"].right = roles["still"].right = MEETING
    poll(lambda: time.time() > end, what="the end of the meeting")


@pytest.mark.parametrize("away_s", [0, HOUR_S], ids=["a crash", "an hour away"])
def test_at_most_one_wrong_presence(server, daemon, exchange, cast, away_s):  # noqa: F811
    roles, at_bob, end = cast
    daemon.kill9()
    # Of what is said on ejabberd meanwhile nobody tells (docs/USER-MODE.md).
    meanwhile(roles, exchange, end, tells_all=server.name == "prosody")
    at_bob.wait_seen(roles["gone"].client.full_jid, "unavailable")
    age(daemon.folder / "calpresence.db", away_s)
    mark = at_bob.presences.mark()
    daemon.run()
    for role in roles.values():
        show, status = role.right
        at_bob.wait_seen(role.client.full_jid, show, status or None, timeout=GRACE_S)
    at_bob.settle()
    wrong = {name: role.wrongs(at_bob, mark) for name, role in roles.items()}
    assert sum(map(len, wrong.values())) <= 1, wrong
