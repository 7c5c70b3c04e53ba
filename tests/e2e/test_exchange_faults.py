"""Exchange fails in many ways; what is shown stays true or says that it is not known."""

import signal

import pytest

from calendars import soon
from calpresence import is_ready
from client import bare
from conftest import only
from test_meetings import MEETING, watched

SHORT = {"calendar": {"stale_after": 3}}


def test_a_stale_calendar_is_unknown(calpresence, exchange, people, contacts):
    daemon = calpresence(**SHORT).run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = watched(alice, contacts(alice, bob))
    at_alice.present("away", "At lunch")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)
    exchange.stop()
    at_bob.wait_seen(alice.contact, "away", "At lunch")
    why = daemon.wait_calendar(alice.jid, "unknown")
    assert "stale_after" in why["calendar"]["reason"]
    assert daemon.status()["people"]["unknown"] == 1
    exchange.start()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING, timeout=60)
    daemon.wait_calendar(alice.jid, "busy")


@pytest.mark.parametrize(
    "fault",
    [
        "server-busy",
        "503",
        "html-200",
        "random-500-empty",
        "garbage",
        "cut-body",
        "drop",
        "wrong-count",
    ],
)
@only("prosody")  # the IM server has no part in it
def test_a_failed_refresh_changes_nothing(calpresence, exchange, people, contacts, fault):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = watched(alice, contacts(alice, bob))
    meeting = exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)
    mark = at_bob.presences.mark()
    read_at = daemon.why(alice.jid)["calendar"]["read_at"]
    exchange.fault(fault)
    exchange.wait(faults=1)
    daemon.wait_why(
        alice.jid, lambda why: why["calendar"]["read_at"] > read_at, "a later reading", 60
    )
    at_bob.settle(alice.contact)
    late = [p for p in at_bob.presences.items(mark) if bare(p.sender) == alice.contact]
    assert not [p for p in late if (p.show, p.status) != MEETING]
    exchange.cancel(meeting)
    at_bob.wait_seen(alice.contact, "available", timeout=60)


def test_one_mailbox_fails_and_its_neighbour_does_not(
    calpresence, exchange, people, contacts, login
):
    daemon = calpresence(publish={"watchers": "domain"}).run()
    alice, bob, carol = people("alice"), people("bob"), people("carol")
    exchange.mailbox(alice.mailbox, error="ErrorNoFreeBusyAccess")
    exchange.add(carol.mailbox, soon(-60), soon(3600))
    _, at_bob = watched(alice, contacts(alice, bob))
    login(carol).present()
    at_bob.subscribe(carol.contact)
    at_bob.wait_seen(carol.contact, *MEETING)
    why = daemon.wait_why(alice.jid, lambda why: why["calendar"]["failure"])
    assert why["calendar"]["failure"]["code"] == "ErrorNoFreeBusyAccess"
    assert why["calendar"]["state"] == "unknown"
    assert daemon.gateway()["health"] == "up"


def test_a_changed_password_costs_at_most_two_log_ons(
    calpresence, exchange, people, contacts
):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    daemon.wait_calendar(alice.jid, "free")
    exchange.password("another")
    daemon.wait_gateway(
        lambda g: (g["health"], g["fault"]) == ("locked", "auth"), "the breaker", 60
    )
    requests = exchange.stats()["requests"]
    for _ in range(3):  # people who come now would each be read at once
        carol, dave = people("carol"), people("dave")
        watched(carol, contacts(carol, dave))
    assert exchange.stats()["requests"] == requests
    assert 1 <= exchange.stats()["logon_failures"] <= 2
    daemon.configure_gateway(password="another")
    daemon.sighup()
    daemon.wait_gateway(lambda g: g["health"] == "up", "the way back")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)
    assert exchange.stats()["logon_failures"] <= 2


def test_neither_reloads_nor_workers_that_die_cost_more_log_ons(
    calpresence, exchange, people, contacts
):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    watched(alice, contacts(alice, bob))
    daemon.wait_calendar(alice.jid, "free")
    exchange.password("another")

    def locked(what):
        daemon.wait_gateway(
            lambda g: (g["health"], g["fault"]) == ("locked", "auth"), what, 60)

    locked("the breaker")
    refused = exchange.stats()["logon_failures"]
    assert 1 <= refused <= 2
    for _ in range(3):
        generation = daemon.status()["generation"]
        daemon.sighup()
        daemon.wait_status(
            lambda s, old=generation: is_ready(s) and s["generation"] > old, "the reload")
        daemon.wait_gateway(lambda g: g["health"] == "locked", "what was known of it")
    [worker] = daemon.worker_pids()
    daemon.signal_worker(signal.SIGKILL)
    daemon.wait_gateway(
        lambda g: g["health"] == "locked" and g["pid"] not in (0, worker), "another worker")
    assert exchange.stats()["logon_failures"] == refused


def test_a_wrong_certificate_is_never_believed(calpresence, exchange, people, contacts):
    daemon = calpresence(gateway={"ca_file": None}).run()
    alice, bob = people("alice"), people("bob")
    watched(alice, contacts(alice, bob))
    daemon.wait_gateway(lambda g: g["fault"] == "tls", "a complaint")
    assert exchange.stats()["requests"] == 0
