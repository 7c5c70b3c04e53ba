"""Contact lists in user mode: who is in them at an edge, and who is not any more."""

from dataclasses import replace

import pytest

from calendars import soon
from client import bare
from server import DOMAIN, Options
from test_meetings import MEETING, assert_on_time

MODE = {"modes": ["user"], "ignore_blocking": True}
MANY = 1000


@pytest.fixture
def daemon(calpresence):
    return calpresence(publish=MODE | {"roster_max_age": 1}).run()


def remove(client, jid):
    """Takes a contact off the list, as people's clients do."""
    item = f"<item jid='{jid}' subscription='remove'/>"
    client.iq("set", client.jid, f"<query xmlns='jabber:iq:roster'>{item}</query>")


def befriend(at_person, at_watcher):
    at_watcher.subscribe(at_person.jid)
    at_person.approve(at_watcher.jid)
    at_watcher.wait_seen(at_person.full_jid, "available")


def wait_read(daemon, client, contacts):
    """Waits until her list, of so many contacts, and her calendar were read."""
    daemon.wait_why(client.jid, lambda why: why["contacts"] == contacts, "her contacts")
    daemon.wait_calendar(client.jid, "free")


def login_again(daemon, client, contacts):
    """Her list is read when she comes online."""
    client.leave()
    client.present()
    wait_read(daemon, client, contacts)


def test_who_was_removed_since_sees_nothing(daemon, exchange, people, login):
    alice = people("alice")
    at_alice, at_bob, at_carol = (
        login(who).present() for who in (alice, people("bob"), people("carol"))
    )
    befriend(at_alice, at_bob)
    befriend(at_alice, at_carol)
    login_again(daemon, at_alice, 2)
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    remove(at_alice, at_bob.jid)
    mark = at_bob.presences.mark()
    assert_on_time(at_carol.wait_seen(at_alice.full_jid, *MEETING), start)
    at_carol.wait_seen(at_alice.full_jid, "available")
    at_bob.settle()
    late = [p for p in at_bob.presences.items(mark) if bare(p.sender) == alice.jid]
    assert not [p for p in late if p.available]


def test_who_was_added_since_sees_it(daemon, exchange, people, login):
    alice = people("alice")
    at_alice = login(alice).present()
    at_bob, at_carol = login(people("bob")).present(), login(people("carol")).present()
    befriend(at_alice, at_bob)
    login_again(daemon, at_alice, 1)
    befriend(at_alice, at_carol)
    start = soon(3)
    exchange.add(alice.mailbox, start, start + 3600)
    assert_on_time(at_carol.wait_seen(at_alice.full_jid, *MEETING), start)
    at_bob.wait_seen(at_alice.full_jid, *MEETING)


def add_many(server, component, person, at_person):
    """A thousand contacts in her list who may see her; they need no accounts. She logs
    in anew afterwards."""
    jids = [f"contact{i}@{DOMAIN}" for i in range(MANY)]
    if server.name == "prosody":  # which writes the whole list for each one
        at_person.close()
        server.add_contacts(person.name, jids)
        return
    as_server = component().wait_up()
    for jid in jids:
        as_server.send(f"<presence type='subscribe' from='{jid}' to='{person.jid}'/>")
    at_person.approve(jids[-1])
    for jid in jids[:-1]:
        at_person.send_raw(f"<presence type='subscribed' to='{jid}'/>")
    at_person.settle()
    as_server.close()
    at_person.close()


def test_a_thousand_contacts(server, calpresence, exchange, component, people, login):
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = login(alice).present(), login(bob).present()
    befriend(at_alice, at_bob)
    add_many(server, component, alice, at_alice)
    daemon = calpresence(publish=MODE).run()
    at_bob.present("away")  # ejabberd tells no component who was online before
    at_alice = login(alice).present()
    wait_read(daemon, at_alice, MANY + 1)
    start = soon(3)
    exchange.add(alice.mailbox, start, start + 2)
    assert_on_time(at_bob.wait_seen(at_alice.full_jid, *MEETING), start)
    assert_on_time(at_bob.wait_seen(at_alice.full_jid, "available"), start + 2)


def test_a_group_of_the_server_is_in_each_others_lists(
    server, calpresence, exchange, people, login
):
    alice, bob, carol = map(people, ("alice", "bob", "carol"))
    server.configure(replace(Options(), group=(alice.jid, bob.jid)))
    daemon = calpresence(publish=MODE).run()
    at_carol, at_bob = login(carol).present(), login(bob).present()
    at_alice = login(alice).present()
    at_bob.wait_seen(at_alice.full_jid, "available")
    wait_read(daemon, at_alice, 1)
    start = soon(2)
    exchange.add(alice.mailbox, start, start + 2)
    assert_on_time(at_bob.wait_seen(at_alice.full_jid, *MEETING), start)
    at_bob.wait_seen(at_alice.full_jid, "available")
    at_carol.settle()
    assert not at_carol.seen(alice.jid)


def test_a_group_of_the_server_may_watch(server, calpresence, exchange, people, login):
    alice, bob = people("alice"), people("bob")
    server.configure(replace(Options(), group=(alice.jid, bob.jid)))
    calpresence().run()
    at_bob, _ = login(bob).present(), login(alice).present()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)
