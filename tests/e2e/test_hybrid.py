"""Exchange of one's own beside Exchange Online, where EWS is allowed by name or not at all."""

import pytest

from calendars import Calendars, soon
from conftest import only
from issuer import CLIENT, SECRET, TENANT, Issuer
from notified import said
from test_meetings import MEETING, watched
from test_moves import GONE, read_at

pytestmark = only("prosody")  # the IM server has no part in it

REFUSED = "System.Net.WebException: The request failed with HTTP status {}."


@pytest.fixture
def cloud():
    """Exchange Online, to which one logs on with a token."""
    with Calendars() as simulator:
        yield simulator
        simulator.assert_well_spoken()


@pytest.fixture
def issuer(cloud):
    tls = cloud.folder / "tls"
    one = Issuer(cloud, tls / "server.pem", tls / "server.key")
    yield one
    one.close()


def by_token(cloud, issuer):
    return {"url": cloud.url, "ca_file": cloud.ca, "auth": "oauth2", "tenant": TENANT,
            "authority": issuer.authority, "client_id": CLIENT, "client_secret": SECRET}


@pytest.fixture
def hybrid(calpresence, exchange, cloud, issuer):
    """hybrid("hq", "cloud") makes a daemon with gateways in this order, not yet started."""

    def make(*names):
        known = {"hq": exchange.gateway(), "cloud": by_token(cloud, issuer)}
        return calpresence(gateways=tuple(
            {"name": name, "type": "ews", "poll_interval": 1} | known[name] for name in names))

    return make


def state_of(daemon, name):
    [found] = [g for g in daemon.status()["gateways"] if g["name"] == name]
    return found


@pytest.mark.parametrize("refusal", ["401: Unauthorized", "403: Forbidden", "404: Not Found"])
def test_whom_the_cloud_refuses_to_our_own_exchange_is_read_in_the_cloud(
    hybrid, exchange, cloud, people, contacts, refusal
):
    daemon = hybrid("hq", "cloud").run()
    alice, bob = people("alice"), people("bob")
    exchange.mailbox(alice.mailbox, error="ErrorProxyRequestProcessingFailed",
                     text=REFUSED.format(refusal))
    cloud.create(alice.mailbox)
    cloud.add(alice.mailbox, soon(-60), soon(3600))
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *MEETING)
    read_at(daemon, alice, "cloud", "the find")


def test_with_our_own_exchange_alone_the_hybrid_application_is_named(
    hybrid, exchange, people, contacts
):
    daemon = hybrid("hq").run()
    alice, bob = people("alice"), people("bob")
    exchange.mailbox(alice.mailbox, error="ErrorProxyRequestProcessingFailed",
                     text=REFUSED.format("403: Forbidden"))
    watched(alice, contacts(alice, bob))
    why = daemon.wait_why(alice.jid, lambda why: why["calendar"]["failure"], "a failure")
    failure = why["calendar"]["failure"]
    assert "dedicated Exchange hybrid application" in failure["text"]
    assert failure["code"] == "ErrorProxyRequestProcessingFailed"
    assert daemon.gateway()["health"] == "up"


def test_what_the_cloud_does_not_allow_is_said_by_its_names_and_asked_at_home(
    hybrid, exchange, cloud, people, contacts
):
    daemon = hybrid("cloud", "hq").run()
    alice, bob = people("alice"), people("bob")
    cloud.create(alice.mailbox)
    cloud.fault("403", count=-1, diagnostics='4000001;reason="EWS is off for the tenant"')
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *MEETING)
    read_at(daemon, alice, "hq", "the find")
    state = state_of(daemon, "cloud")
    for name in ("EwsEnabled", "EwsAllowedAppIDs", "EwsAllowList", "24 hours",
                 "EWS is off for the tenant"):
        assert name in state["text"]
    assert (state["health"], state["fault"]) == ("down", "config")
    asked = cloud.stats()["requests"]
    exchange.wait(mailbox=alice.mailbox, reads=3)
    assert cloud.stats()["requests"] == asked <= 2  # the next one is a quarter of an hour away
    assert said(daemon, "EwsAllowedAppIDs") == 1


def test_a_mailbox_that_has_moved_to_the_cloud_waits_there_until_ews_is_allowed(
    hybrid, exchange, cloud, people, contacts
):
    daemon = hybrid("hq", "cloud").run()
    alice, bob = people("alice"), people("bob")
    exchange.mailbox(alice.mailbox, error=GONE)
    cloud.create(alice.mailbox)
    cloud.add(alice.mailbox, soon(-60), soon(3600))
    cloud.fault("403", count=-1)
    _, at_bob = watched(alice, contacts(alice, bob))
    daemon.wait_log("is at none of the gateways that answer")
    cloud.no_faults()
    daemon.sighup()  # as an administrator does who has allowed it
    at_bob.wait_seen(alice.contact, *MEETING, timeout=60)
    read_at(daemon, alice, "cloud", "the find")


def test_a_licence_without_ews_costs_nobody_else_the_calendar(
    hybrid, cloud, people, contacts
):
    """In whose name all are asked for is found among those who may be spoken for."""
    daemon = hybrid("cloud").run()
    kiosk, bob = people("aaron"), people("bob")
    others = [people(name) for name in ("carol", "dave", "erin")]
    for person in (kiosk, *others):
        cloud.create(person.mailbox)
    cloud.mailbox(kiosk.mailbox, forbidden=1)
    cloud.add(kiosk.mailbox, soon(-60), soon(3600))
    _, at_bob = watched(kiosk, contacts(kiosk, bob))
    for person in others:
        watched(person, contacts(person, people("frank")))
        daemon.wait_calendar(person.jid, "free")
    daemon.wait_gateway(lambda g: g["health"] == "up", "the gateway")
