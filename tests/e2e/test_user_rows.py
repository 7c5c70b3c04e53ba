"""User mode case by case, on both servers: the cases of docs/USER-MODE.md that have no
other test."""

import contextlib
import os
import signal
from dataclasses import replace

import pytest

from calendars import soon
from client import bare
from server import COMPONENT, Options
from test_meetings import MEETING

OWN = ("away", "At lunch")
SETTLE_MS = 1000
EARLY_S = 0.2  # the wall clock here and the daemon's own


@pytest.fixture
def publish():
    """More options of `publish`: a test sets them by a parameter of this name."""
    return {}


@pytest.fixture
def daemon(calpresence, publish):
    """It has to be there first: ejabberd tells no component who was online before."""
    mode = {"modes": ["user"], "ignore_blocking": True}
    one = calpresence(publish=mode | publish).run()
    one.wait_status(lambda s: s["domains"][0]["user_mode"], "user mode")
    return one


def log_in_known(daemon, login, person, resource="laptop"):
    """Her list is read when she logs in, and her calendar."""
    client = login(person, resource).present(*OWN, 5)
    daemon.wait_why(person.jid, lambda why: why["contacts"] == 1, "her contacts")
    daemon.wait_calendar(person.jid, "free")
    return client


@pytest.fixture
def pair(daemon, people, contacts, login):
    """alice, bob and their clients, hers with a state of its own."""
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_alice.close()
    at_bob.wait_seen(at_alice.full_jid, "unavailable")
    at_alice = log_in_known(daemon, login, alice)
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    return alice, bob, at_alice, at_bob


def heard(client, jid, mark=0):
    """What a client heard of somebody, in order."""
    return [p for p in client.presences.items(mark) if bare(p.sender) == jid]


def views(presences):
    return [(p.show, p.status) for p in presences]


def is_overlay(presence):
    return (presence.show, presence.status) == MEETING


def wait_overlaid(daemon, person, client):
    """Waits until this client of hers is overlaid; how many contacts were told."""
    resource = client.full_jid.partition("/")[2]

    def is_overlaid(one):
        return one["resource"] == resource and one["overlaid"]

    why = daemon.wait_why(
        person.jid, lambda why: any(map(is_overlaid, why["resources"])), "an overlay"
    )
    return next(filter(is_overlaid, why["resources"]))["contacts_told"]


@pytest.mark.parametrize("publish", [{"settle_ms": SETTLE_MS}], ids=["settled late"])
def test_an_offline_contact_is_greeted_twice_when_he_comes(
    daemon, exchange, pair, login
):
    """Contact offline: nothing is sent; greeted when he comes, and after settling."""
    alice, bob, at_alice, at_bob = pair
    at_bob.close()
    daemon.wait_why(bob.jid, lambda why: not why["resources"], "the logout")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    assert wait_overlaid(daemon, alice, at_alice) == 0
    daemon.wait_status(lambda s: not s["waiting"]["greetings"], "their own settling")
    at_phone = login(bob, "phone").present()
    first = at_phone.wait_presence(is_overlay)
    second = at_phone.wait_presence(lambda p: is_overlay(p) and p is not first)
    assert second.at - first.at > SETTLE_MS / 1000 - EARLY_S
    assert at_phone.seen(at_alice.full_jid) is second


def test_one_stanza_reaches_every_client_of_a_contact(server, exchange, pair, login):
    """Contact with several resources: one stanza to the bare JID."""
    alice, bob, at_alice, at_bob = pair
    at_phone = login(bob, "phone").present()
    at_phone.wait_seen(at_alice.full_jid, *OWN)
    marks = [(client, client.presences.mark()) for client in (at_bob, at_phone)]
    start = soon(2)
    exchange.add(alice.mailbox, start, start + 2)
    for client, mark in marks:
        client.wait_presence(is_overlay, after=mark)
        client.wait_seen(at_alice.full_jid, *OWN)
        client.settle()
        assert views(heard(client, alice.jid, mark)) == [MEETING, OWN]
        if server.name == "prosody":  # ejabberd writes each client's own address
            receivers = {p.xml.get("to") for p in heard(client, alice.jid, mark)}
            assert receivers == {bob.jid}


@pytest.mark.parametrize("publish", [{"offline": "overlay"}], ids=["offline option"])
def test_nothing_is_shown_of_who_is_offline(daemon, exchange, pair, people, login):
    """She is offline: nothing; the offline option is for component mode only."""
    alice, bob, at_alice, at_bob = pair
    carol = people("carol")
    at_carol = login(carol).present()
    at_bob.subscribe(carol.jid)
    at_carol.approve(bob.jid)
    at_bob.wait_seen(at_carol.full_jid, "available")
    at_carol.close()
    at_carol = log_in_known(daemon, login, carol)
    at_alice.close()
    at_bob.wait_seen(at_alice.full_jid, "unavailable")
    mark = at_bob.presences.mark()
    start = soon(2)
    for person in alice, carol:
        exchange.add(person.mailbox, start, start + 2)
    at_bob.wait_seen(at_carol.full_jid, *MEETING)
    at_bob.wait_seen(at_carol.full_jid, *OWN)
    at_bob.settle()
    assert not [p for p in heard(at_bob, alice.jid, mark) if p.available]


def test_her_own_other_clients_are_never_told(exchange, pair, login):
    """Her own other resources: never addressed."""
    alice, _, at_alice, at_bob = pair
    at_phone = login(alice, "phone").present("xa", "Mobile")
    at_alice.wait_seen(at_phone.full_jid, "xa", "Mobile")
    at_phone.wait_seen(at_alice.full_jid, *OWN)
    marks = [(client, client.presences.mark()) for client in (at_alice, at_phone)]
    start = soon(2)
    exchange.add(alice.mailbox, start, start + 2)
    for client in at_alice, at_phone:
        at_bob.wait_seen(client.full_jid, *MEETING)
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    at_bob.wait_seen(at_phone.full_jid, "xa", "Mobile")
    for client, mark in marks:
        client.settle()
        assert not heard(client, alice.jid, mark)


def test_a_negative_priority_is_overlaid(exchange, pair):
    """Negative priority: overlaid like any other."""
    alice, _, at_alice, at_bob = pair
    at_alice.present("away", "Unreachable", -7)
    at_bob.wait_seen(at_alice.full_jid, "away", "Unreachable")
    start = soon(3)
    exchange.add(alice.mailbox, start, start + 2)
    assert at_bob.wait_seen(at_alice.full_jid, *MEETING).priority == -7
    assert at_bob.wait_seen(at_alice.full_jid, "away", "Unreachable").priority == -7


@pytest.mark.parametrize("end", ["close", "cut", "replaced"])
def test_the_same_resource_logs_in_again(exchange, pair, login, end):
    """Same resource logs in again: a new epoch, what watchers saw is reset."""
    alice, _, at_alice, at_bob = pair
    meeting_end = soon(6)
    exchange.add(alice.mailbox, soon(-60), meeting_end)
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    mark = at_bob.presences.mark()
    if end != "replaced":
        getattr(at_alice, end)()
    again = login(alice).present("xa", "Second time", 1)
    assert again.full_jid == at_alice.full_jid
    at_bob.wait_presence(lambda p: p.status == "Second time", after=mark)
    at_bob.wait_presence(lambda p: is_overlay(p) and p.priority == 1, after=mark)
    at_bob.wait_seen(at_alice.full_jid, "xa", "Second time")
    assert at_bob.seen(at_alice.full_jid).at >= meeting_end


def test_directed_presence_is_not_touched(exchange, pair, people, login):
    """Directed presence: not touched."""
    alice, _, at_alice, at_bob = pair
    at_carol = login(people("carol")).present()
    at_carol.settle()  # she is there before it is sent to her
    at_alice.present("chat", "For you", to=at_carol.jid)
    at_carol.wait_seen(at_alice.full_jid, "chat", "For you")
    start = soon(2)
    exchange.add(alice.mailbox, start, start + 3)
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    at_alice.present("chat", "Still for you", to=at_carol.jid)
    at_carol.wait_seen(at_alice.full_jid, "chat", "Still for you")
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    at_carol.settle()
    said = views(heard(at_carol, alice.jid))
    assert said == [("chat", "For you"), ("chat", "Still for you")]
    assert "chat" not in [p.show for p in heard(at_bob, alice.jid)]


@pytest.fixture
def told_all(server):
    """ejabberd also tells the component what users receive, thus what it sent itself."""
    server.configure(replace(Options(), received=True))


def test_an_echo_is_not_taken_for_her_own(told_all, daemon, exchange, pair):
    """Echo of our own stanzas: recognised by the id we gave it."""
    alice, _, at_alice, at_bob = pair
    mark = at_bob.presences.mark()
    start = soon(2)
    exchange.add(alice.mailbox, start, start + 3)
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    at_bob.settle()
    [own] = daemon.why(alice.jid)["resources"]
    assert (own["show"], own["priority"]) == ("away", 5)
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    at_bob.settle()
    assert views(heard(at_bob, alice.jid, mark)) == [MEETING, OWN]


def test_what_one_contact_is_told_is_not_taken_for_her_leaving(
    told_all, daemon, exchange, people, pair, login
):
    """Echo: whose subscription ends gets `unavailable` from a client that is there."""
    alice, _, at_alice, at_bob = pair
    carol = people("carol")
    at_carol = login(carol).present()
    at_carol.subscribe(alice.jid)
    at_alice.approve(carol.jid)
    at_carol.wait_seen(at_alice.full_jid, *OWN)
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    mark = at_bob.presences.mark()
    at_alice.send_raw(f"<presence type='unsubscribed' to='{carol.jid}'/>")
    at_carol.wait_seen(at_alice.full_jid, "unavailable")
    at_bob.settle(COMPONENT)
    at_bob.settle()
    assert [p for p in heard(at_bob, alice.jid, mark) if not p.available] == []
    assert daemon.why(alice.jid)["resources"]


@contextlib.contextmanager
def restarting(server, daemon):
    """The server is away and comes back; the daemon looks for it behind the block."""
    if server.name == "prosody":  # whose clean end is a logout of everybody
        server.kill()
    else:  # when killed it forgets new contacts
        server.stop()
    daemon.wait_status(lambda s: s["link"]["state"] != "up", "the loss")
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        server.start()
        yield
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    daemon.wait_status(lambda s: s["link"]["state"] == "up", "the way back", 60)


def test_the_im_server_restarts_in_a_meeting(server, daemon, exchange, pair, login):
    """IM server restart: what comes back is overlaid, what does not is gone."""
    alice, bob, at_alice, at_bob = pair
    at_phone = login(alice, "phone").present()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    for client in at_alice, at_phone:
        at_bob.wait_seen(client.full_jid, *MEETING)
    with restarting(server, daemon):
        at_bob = login(bob).present()
    at_bob.wait_seen(at_phone.full_jid, "unavailable")
    at_bob.present()  # ejabberd tells no component who was online before
    back = login(alice).present("xa", "Here again")
    at_bob.wait_seen(back.full_jid, *MEETING)
    at_bob.settle()
    assert set(at_bob.seen(alice.jid)) == {back.full_jid}
