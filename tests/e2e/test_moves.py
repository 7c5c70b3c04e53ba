"""Mailboxes that move from one Exchange to another."""

import pytest

from calendars import Calendars, soon
from client import bare
from conftest import only
from test_meetings import MEETING, watched

pytestmark = only("prosody")  # the IM server has no part in it

GONE = "ErrorMailRecipientNotFound"


@pytest.fixture
def branch():
    """Another Exchange, which has nobody's mailbox yet."""
    with Calendars() as simulator:
        yield simulator
        if simulator.running:
            simulator.assert_well_spoken()


@pytest.fixture
def daemon(calpresence, exchange, branch):
    """calpresence with both: hq comes first."""
    def gateway(name, simulator):
        return {"name": name, "type": "ews", "poll_interval": 1} | simulator.gateway()

    return calpresence(gateways=(gateway("hq", exchange), gateway("branch", branch))).run()


def move(mailbox, end, source, target):
    """Takes a mailbox, in a meeting until `end`, from one Exchange to another."""
    target.mailbox(mailbox, error="")
    target.clear(mailbox)
    target.add(mailbox, soon(-60), end)
    source.mailbox(mailbox, error=GONE)


def asked(simulator, person):
    """How often her mailbox was asked for."""
    return simulator.stats(person.mailbox)["mailbox"]["asked"]


def read_at(daemon, alice, gateway, what):
    return daemon.wait_why(
        alice.jid,
        lambda why: why["calendar"]["gateway"] == gateway and not why["calendar"]["looked_for"],
        what)


def test_a_mailbox_moves_and_comes_back(daemon, exchange, branch, people, contacts):
    alice, bob = people("alice"), people("bob")
    end = soon(3600)
    exchange.add(alice.mailbox, soon(-60), end)
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *MEETING)
    mark = at_bob.presences.mark()

    move(alice.mailbox, end, exchange, branch)
    why = read_at(daemon, alice, "branch", "the find")
    assert why["calendar"]["configured_gateway"] == "hq"
    daemon.wait_log(f'a mailbox was found jid="{alice.jid}".* gateway=branch')
    branch.wait(mailbox=alice.mailbox, asked=asked(branch, alice) + 1)
    at_bob.settle(alice.contact)  # in the meeting all the time
    assert not [p for p in at_bob.presences.items(mark) if bare(p.sender) == alice.contact]
    branch.clear(alice.mailbox)
    at_bob.wait_seen(alice.contact, "available")

    daemon.stop()  # what was found is known after a restart
    before = asked(exchange, alice)
    branch.add(alice.mailbox, soon(-60), end)
    daemon.run()
    at_bob.wait_seen(alice.contact, *MEETING)
    assert asked(exchange, alice) == before
    assert "where it was found: gateway hq does not have it" in daemon.command(
        "why", alice.jid).stdout

    move(alice.mailbox, end, branch, exchange)
    read_at(daemon, alice, "hq", "the way back")
    exchange.clear(alice.mailbox)
    at_bob.wait_seen(alice.contact, "available")


def test_an_exchange_that_is_down_may_have_it(
    daemon, exchange, branch, people, contacts
):
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    daemon.wait_calendar(alice.jid, "free")
    branch.stop()
    exchange.mailbox(alice.mailbox, error=GONE)
    daemon.wait_log("is at none of the gateways that answer")
    before = asked(exchange, alice)
    branch.start()
    branch.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING, timeout=60)
    assert asked(exchange, alice) == before
