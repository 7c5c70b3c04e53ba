"""What automatic replies do to presence."""

import pytest
from calendars import soon, stamp
from conftest import only
from test_meetings import assert_on_time, watched

REPLIES = {"automatic_replies": True, "replies_interval": 900}
OUT = ("away", "Out of office")
METHODS = {False: "GetMailTips", True: "GetUserOofSettings"}

pytestmark = only("prosody")


@pytest.fixture(params=METHODS, ids=METHODS.values(), name="impersonate")
def make_impersonate(request):
    return request.param


@pytest.fixture(name="replying")
def make_replying(calpresence):
    """replying(impersonate) gives a running daemon that asks for automatic replies."""

    def make(impersonate):
        return calpresence(calendar=REPLIES, gateway={"impersonate": impersonate}).run()

    return make


def replies_of(daemon, person, state):
    return daemon.wait_why(
        person.jid,
        lambda why: why["replies"] is not None and why["replies"]["state"] == state,
        f"replies {state}",
    )["replies"]


def test_who_replies_is_out_of_office_until_she_does_not(
    replying, exchange, people, contacts, login, impersonate
):
    daemon = replying(impersonate)
    alice, bob = people("alice"), people("bob")
    exchange.oof(alice.mailbox, "Enabled")
    exchange.add(alice.mailbox, soon(-600), soon(3600))
    at_alice, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *OUT)
    assert exchange.stats(alice.mailbox)["mailbox"]["operations"][METHODS[impersonate]] == 1
    assert "automatic replies until" in daemon.command("why", alice.jid).stdout
    exchange.oof(alice.mailbox, "Disabled")
    at_alice.close()
    at_bob.wait_seen(alice.contact, "unavailable")
    login(alice).present()
    at_bob.wait_seen(alice.contact, "dnd", "In a meeting")
    assert replies_of(daemon, alice, "off")["at"] > 0
    assert "Gone fishing" not in daemon.output()


def test_planned_replies_begin_and_end_on_the_second(replying, exchange, people, contacts):
    daemon = replying(True)
    alice, bob = people("alice"), people("bob")
    start = soon(5)
    exchange.oof(alice.mailbox, "Scheduled", stamp(start), stamp(start + 2))
    _, at_bob = watched(alice, contacts(alice, bob))
    assert replies_of(daemon, alice, "planned")["from"] == start
    assert_on_time(at_bob.wait_seen(alice.contact, *OUT), start)
    assert_on_time(at_bob.wait_seen(alice.contact, "available"), start + 2)


def test_a_mail_tip_ends_on_the_second(replying, exchange, people, contacts):
    replying(False)
    alice, bob = people("alice"), people("bob")
    end = soon(6)
    exchange.oof(alice.mailbox, "Scheduled", stamp(end - 60), stamp(end))
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *OUT)
    assert_on_time(at_bob.wait_seen(alice.contact, "available"), end)


def test_replies_outlive_a_restart(replying, exchange, people, contacts):
    daemon = replying(True)
    alice, bob = people("alice"), people("bob")
    exchange.oof(alice.mailbox, "Enabled")
    _, at_bob = watched(alice, contacts(alice, bob))
    at_bob.wait_seen(alice.contact, *OUT)
    daemon.kill9()
    mark = at_bob.presences.mark()
    daemon.run()
    assert replies_of(daemon, alice, "on")["to"] is None
    at_bob.settle(alice.contact)
    assert all((p.show, p.status) == OUT for p in at_bob.presences.items(mark)
               if p.sender.startswith(alice.contact) and p.show != "unavailable")
    assert exchange.stats(alice.mailbox)["mailbox"]["operations"]["GetUserOofSettings"] == 1


def test_a_refusal_is_said_once_and_calendars_go_on(replying, exchange, people, contacts):
    exchange.command("impersonation", allowed=0)
    daemon = replying(True)
    alice, bob = people("alice"), people("bob")
    exchange.oof(alice.mailbox, "Enabled")
    _, at_bob = watched(alice, contacts(alice, bob))
    daemon.wait_log(r"tells nothing of automatic replies \(ErrorImpersonateUserDenied\)")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, "dnd", "In a meeting")
    assert daemon.output().count("tells nothing of automatic replies") == 1
    assert daemon.why(alice.jid)["replies"] is None
    assert daemon.gateway()["health"] == "up"


def test_mail_tips_switched_off_are_said_once(replying, exchange, people, contacts):
    exchange.fault("fault", count=-1, code="ErrorMailTipsDisabled", operation="GetMailTips")
    daemon = replying(False)
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    _, at_bob = watched(alice, contacts(alice, bob))
    daemon.wait_log(r"tells no mail tips \(ErrorMailTipsDisabled\)")
    at_bob.wait_seen(alice.contact, "dnd", "In a meeting")
    assert daemon.output().count("tells no mail tips") == 1
