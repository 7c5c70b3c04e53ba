"""A gateway with two URLs."""

import pytest

from calendars import Calendars, soon
from conftest import only
from pki import bundle
from test_meetings import MEETING, watched

pytestmark = only("prosody")  # the IM server has no part in it


@pytest.fixture
def other():
    """The other way to the same mailboxes."""
    with Calendars() as simulator:
        yield simulator
        if simulator.running:
            simulator.assert_well_spoken()


def test_one_url_stands_in_for_the_other(
    calpresence, exchange, other, people, contacts, tmp_path
):
    trusted = bundle(tmp_path / "trusted.pem", exchange.ca, other.ca)
    daemon = calpresence(
        gateway={"url": [exchange.url, other.url], "ca_file": str(trusted)}).run()
    alice, bob = people("alice"), people("bob")
    other.create(alice.mailbox)
    _, at_bob = watched(alice, contacts(alice, bob))
    daemon.wait_calendar(alice.jid, "free")
    daemon.wait_gateway(lambda gateway: gateway["endpoint"] == exchange.url, "the first URL")

    exchange.stop()
    other.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)
    daemon.wait_log(f"the preferred url does not answer: {other.url} is asked")
    daemon.wait_gateway(lambda gateway: gateway["endpoint"] == other.url, "the other URL")
    assert daemon.gateway()["health"] == "up"

    exchange.start()
    other.stop()
    daemon.wait_log(f"{exchange.url} answers again")
    at_bob.wait_seen(alice.contact, "available")
    daemon.wait_gateway(lambda gateway: gateway["endpoint"] == exchange.url, "the first URL")

    exchange.stop()
    daemon.wait_gateway(lambda gateway: gateway["health"] == "down", "both being gone")
    other.start()
    other.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)
    assert "a gateway fails" in daemon.output()
