"""What Exchange takes: versions, sizes, calendars that are too full."""

import contextlib
import re

import pytest

from calendars import Calendars, soon, stamp
from issuer import Issuer
from sink import crowd
from test_hybrid import by_token

VERSION = re.compile(r'RequestServerVersion Version="(\w+)"')
U0, U1, U2 = (f"u{i}@example.com" for i in range(3))


@pytest.fixture
def exchange():
    with Calendars() as simulator:
        yield simulator
        assert simulator.stats()["answer_errors"] == 0


def mailboxes(exchange, people):
    """Calendars of u0, u1, ... of which the first has a meeting now."""
    exchange.create(*(f"u{i}@example.com" for i in range(people)))
    exchange.add(U0, soon(-60), soon(3600))


def versions(exchange, mailbox=""):
    """What requests were written in, each once, in that order."""
    bodies = [request["body"] for request in exchange.requests()]
    return list(dict.fromkeys(VERSION.search(body)[1] for body in bodies if mailbox in body))


def sizes(exchange, last):
    return [request["mailboxes"] for request in exchange.requests(last)]


@pytest.mark.parametrize("newest", ["Exchange2010_SP1", "Exchange2007_SP1"])
def test_an_older_exchange_is_asked_in_its_version(exchange, newest):
    mailboxes(exchange, 3)
    exchange.policy(newest=newest)
    with crowd(exchange, 3) as daemon:
        daemon.wait_calendar("u0@example.test", "busy")
        exchange.wait(mailbox=U0, reads=3)
        state = daemon.wait_gateway(lambda g: g["request_version"] == newest)["gateways"][0]
        assert (state["health"], state["text"]) == ("up", "")
        assert f"asked as {newest}" in daemon.command("status").stdout
    asked = versions(exchange)
    assert asked[0] == "Exchange2013" and asked[-1] == newest
    # It is remembered: each version was refused once.
    refused = [request for request in exchange.requests() if request["status"] == 500]
    assert len(refused) == len(asked) - 1


def test_an_exchange_that_takes_no_version_is_told(exchange):
    mailboxes(exchange, 1)
    exchange.policy(newest="Exchange2007")
    with crowd(exchange, 1) as daemon:
        state = daemon.wait_gateway(lambda g: g["text"])["gateways"][0]
        assert "takes no version" in state["text"]
        assert (state["fault"], state["health"]) == ("request", "down")


def test_odd_mailboxes_are_asked_apart(exchange):
    """One of an older server does not pull the others down; one of Exchange 2003 has
    digits only; one has thousands of entries."""
    mailboxes(exchange, 5)
    old, legacy, full = U1, U2, "u3@example.com"
    exchange.mailbox(old, version="Exchange2010_SP1")
    exchange.mailbox(legacy, legacy=1)
    for mailbox in (old, legacy, full):
        exchange.add(mailbox, soon(-600), soon(3600), "OOF")
    begin = soon(7200)
    exchange.load("".join(
        f"event {full} {stamp(begin + 20 * i)} {stamp(begin + 20 * i + 10)} Busy\n"
        for i in range(3000)))
    with crowd(exchange, 5) as daemon:
        daemon.wait_calendar("u0@example.test", "busy")
        daemon.wait_calendar("u4@example.test", "free")
        for i in (1, 2, 3):
            why = daemon.wait_calendar(f"u{i}@example.test", "oof")
            assert why["calendar"]["failure"] is None
        for mailbox in (old, legacy):
            exchange.wait(mailbox=mailbox, reads=2)
        assert exchange.stats(mailbox=full)["mailbox"]["reads"] >= 4
        assert (daemon.gateway()["health"], daemon.gateway()["request_version"]) == ("up", "")
    assert versions(exchange, U0) == ["Exchange2013"]
    assert versions(exchange, old)[-1] == "Exchange2010_SP1"
    bodies = [request["body"] for request in exchange.requests()]
    digits = [body for body in bodies if ">MergedOnly<" in body]
    assert digits and not [body for body in digits if U0 in body]


@pytest.mark.parametrize("limits, most", [
    ({"mailboxes": 30}, 25),
    ({"bytes": 8000}, 50),  # of a proxy: HTTP 413
    ({"each": 10, "limit": 600}, 50),  # ErrorTimeoutExpired
])
def test_what_is_too_much_at_once_is_asked_for_in_less(exchange, limits, most):
    mailboxes(exchange, 100)
    exchange.policy(**limits)
    with crowd(exchange, 100) as daemon:
        daemon.wait_gateway(lambda g: g["mailboxes_read"] >= 200)
        assert daemon.gateway()["health"] == "up"
        assert daemon.status()["people"]["unknown"] == 0
    assert max(sizes(exchange, 2)) <= most


def test_a_mailbox_over_its_budget_does_not_stop_the_others(exchange):
    """It is asked first, whatever is asked of it: entries, automatic replies, changes."""
    mailboxes(exchange, 5)
    exchange.fault("server-busy", mailbox=U0, backoff=60000, count=-1)
    with crowd(
        exchange, 5, calendar={"detail": "items", "automatic_replies": True},
        impersonate=True, notifications=True,
    ) as daemon:
        for i in range(1, 5):
            mailbox = f"u{i}@example.com"
            exchange.wait(mailbox=mailbox, FindItem=3, GetUserOofSettings=1, Subscribe=1)
            daemon.wait_calendar(f"u{i}@example.test", "free")
        daemon.wait_gateway(lambda g: g["notified"] == 4)
        why = daemon.wait_why(
            "u0@example.test", lambda why: why["calendar"]["failure"], "a failure")
        assert why["calendar"]["failure"]["code"] == "ErrorServerBusy"
        assert (daemon.gateway()["health"], daemon.gateway()["text"]) == ("up", "")
    asked = exchange.stats(U0)["mailbox"]["operations"]
    assert [asked[n] for n in ("FindItem", "GetUserOofSettings", "Subscribe")] == [1, 1, 1]


def test_a_server_in_bad_health_stops_its_own_mailboxes_alone(exchange):
    """Two on a database that is overloaded: more than one, and for no use of ours."""
    mailboxes(exchange, 6)
    for mailbox in (U0, U1):
        exchange.mailbox(mailbox, server="EXCH02")
    exchange.command("health", server="EXCH02", busy=1, backoff=1000)
    with crowd(exchange, 6, calendar={"detail": "items"}, impersonate=True) as daemon:
        for i in range(2, 6):
            exchange.wait(mailbox=f"u{i}@example.com", FindItem=3)
            daemon.wait_calendar(f"u{i}@example.test", "free")
        for i in (0, 1):
            why = daemon.wait_why(
                f"u{i}@example.test", lambda why: why["calendar"]["failure"], "a failure")
            assert why["calendar"]["failure"]["code"] == "ErrorServerBusy"
        assert daemon.gateway()["health"] == "up"
        exchange.command("health", server="EXCH02", busy=0)
        daemon.wait_calendar("u0@example.test", "busy")
        daemon.wait_calendar("u1@example.test", "free")


def test_many_of_one_busy_server_do_not_keep_the_others_waiting_for_ever(exchange):
    """They are met first, one after the other, as often as there are of them."""
    mailboxes(exchange, 60)
    for i in range(40):
        exchange.mailbox(f"u{i}@example.com", server="EXCH02")
    exchange.command("health", server="EXCH02", busy=1, backoff=8000)
    with crowd(
        exchange, 60, calendar={"detail": "items"}, impersonate=True, notifications=False
    ) as daemon:
        for i in (40, 59):
            exchange.wait(mailbox=f"u{i}@example.com", FindItem=2, timeout=180)
        exchange.command("health", server="EXCH02", busy=0)
        daemon.wait_why("u0@example.test", lambda why: why["calendar"]["state"] == "busy",
                        "the way back", 60)


def test_in_free_busy_as_well_a_busy_database_is_its_mailboxes_matter(exchange):
    mailboxes(exchange, 6)
    for mailbox in (U1, U2):
        exchange.mailbox(mailbox, server="EXCH02")
    exchange.command("health", server="EXCH02", busy=1)
    with crowd(exchange, 6) as daemon:
        daemon.wait_calendar("u0@example.test", "busy")
        exchange.wait(mailbox=U0, reads=3)
        assert daemon.gateway()["health"] == "up"
        assert daemon.why("u1@example.test")["calendar"]["failure"]["code"] == "ErrorServerBusy"
        exchange.command("health", server="EXCH02", busy=0)
        daemon.wait_calendar("u1@example.test", "free")


def test_a_back_off_of_nothing_is_a_second(exchange):
    mailboxes(exchange, 3)
    exchange.fault("server-busy", backoff=0, count=4)
    with crowd(exchange, 3) as daemon:
        daemon.wait_calendar("u0@example.test", "busy")
    at_ms = [request["at_ms"] for request in exchange.requests()][:5]
    assert all(later - earlier >= 1000 for earlier, later in zip(at_ms, at_ms[1:])), at_ms


def test_a_few_who_make_every_request_fail_are_found_and_left(exchange):
    """Four of a hundred: all others are read, again and again."""
    bad = [f"u{i}@example.com" for i in (7, 31, 32, 88)]
    mailboxes(exchange, 100)
    for mailbox in bad:
        exchange.fault("asp-500", count=-1, mailbox=mailbox)
    with crowd(exchange, 100) as daemon:
        daemon.wait_status(lambda s: s["people"]["unknown"] == len(bad), "all others", 120)
        before = {i: exchange.stats(f"u{i}@example.com")["mailbox"]["reads"] for i in (0, 30, 99)}
        for i, reads in before.items():
            exchange.wait(mailbox=f"u{i}@example.com", reads=reads + 2)
        exchange.no_faults()
        daemon.wait_status(lambda s: s["people"]["unknown"] == 0, "everybody", 120)


def test_ews_switched_off_for_one_mailbox_stops_nobody_else(exchange):
    """Set-CASMailbox -EwsEnabled $false, or a licence without EWS: HTTP 403 in its name. Its
    free/busy is there as ever."""
    mailboxes(exchange, 5)
    exchange.mailbox(U0, forbidden=1)
    with crowd(
        exchange, 5, calendar={"detail": "items", "automatic_replies": True}, impersonate=True,
        notifications=True,
    ) as daemon:
        for i in range(1, 5):
            mailbox = f"u{i}@example.com"
            exchange.wait(mailbox=mailbox, FindItem=3, GetUserOofSettings=1, Subscribe=1)
        daemon.wait_calendar("u0@example.test", "busy")
        daemon.wait_gateway(lambda g: g["notified"] == 4, "all others notify")
        assert daemon.gateway()["health"] == "up"
    asked = exchange.stats(U0)["mailbox"]["operations"]
    assert [asked[n] for n in ("FindItem", "GetUserOofSettings", "Subscribe")] == [1, 1, 1]


def test_ews_that_is_off_for_all_is_asked_for_ever_more_seldom(exchange):
    """As in Exchange Online, where each request is in the name of a mailbox."""
    mailboxes(exchange, 100)
    exchange.fault("403", count=-1)
    tls = exchange.folder / "tls"
    issuer = Issuer(exchange, tls / "server.pem", tls / "server.key")
    login = by_token(exchange, issuer) | {"username": None, "password": None}
    with contextlib.closing(issuer), crowd(exchange, 100, **login) as daemon:
        exchange.wait(GetUserAvailability=5, timeout=60)
        daemon.wait_gateway(lambda g: (g["health"], g["fault"]) == ("down", "config"))
        assert "EwsAllowedAppIDs" in daemon.gateway()["text"]
        at_ms = [request["at_ms"] for request in exchange.requests()
                 if request["operation"] == "GetUserAvailability"]
        assert at_ms[3] - at_ms[2] >= 5000 and at_ms[4] - at_ms[3] >= 10000, at_ms
        exchange.no_faults()
        daemon.wait_why("u99@example.test", lambda why: why["calendar"]["state"] == "free",
                        "the way back", 90)
