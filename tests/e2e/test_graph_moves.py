"""Mailboxes that move between an Exchange of one's own and Exchange Online."""

import pytest

from calendars import soon
from client import bare
from conftest import only
from graph import Graph
from test_meetings import MEETING, watched
from test_moves import GONE, read_at

pytestmark = only("prosody")  # the IM server has no part in it


@pytest.fixture
def cloud():
    """A tenant without mailboxes."""
    with Graph() as graph:
        yield graph
        graph.assert_well_spoken()


@pytest.fixture
def daemon(calpresence, exchange, cloud):
    """calpresence with both: hq comes first."""
    common = {"poll_interval": 1}
    return calpresence(gateways=(
        {"name": "hq", "type": "ews"} | common | exchange.gateway(),
        {"name": "cloud"} | common | cloud.gateway())).run()


def test_a_mailbox_moves_to_the_cloud_and_comes_back(
    daemon, exchange, cloud, people, contacts
):
    alice, bob = people("alice"), people("bob")
    end = soon(3600)
    exchange.add(alice.mailbox, soon(-60), end)
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *MEETING)
    mark = at_bob.presences.mark()

    cloud.create(alice.mailbox)
    cloud.add(alice.mailbox, soon(-60), end)
    exchange.mailbox(alice.mailbox, error=GONE)
    read_at(daemon, alice, "cloud", "the find")
    cloud.wait(alice.mailbox, reads=2)

    exchange.mailbox(alice.mailbox, error="")
    cloud.remove(alice.mailbox)  # she is the one that is asked as
    read_at(daemon, alice, "hq", "the way back")
    at_bob.settle(alice.contact)  # in the meeting all the time
    assert not [p for p in at_bob.presences.items(mark) if bare(p.sender) == alice.contact]
    exchange.clear(alice.mailbox)
    at_bob.wait_seen(alice.contact, "available")


def test_who_is_asked_as_another_is_found_elsewhere_too(
    daemon, exchange, cloud, people, contacts
):
    alice, bob = people("alice"), people("bob")
    for person in (alice, bob):
        exchange.mailbox(person.mailbox, error=GONE)
        cloud.create(person.mailbox)
    watched(alice, contacts(alice, bob))
    _, at_alice = contacts(bob, alice)
    at_alice.subscribe(bob.contact)
    for person in (alice, bob):
        read_at(daemon, person, "cloud", "the find")
    exchange.mailbox(alice.mailbox, error="")
    cloud.remove(alice.mailbox)  # by its schedule, or as the one that is asked as
    read_at(daemon, alice, "hq", "the way back")
    cloud.wait(bob.mailbox, reads=2)
    assert daemon.why(bob.jid)["calendar"]["gateway"] == "cloud"
