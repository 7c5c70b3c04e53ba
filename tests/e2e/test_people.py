"""Unusual people, many people, and people whose connections break."""

import pytest

from calendars import soon
from conftest import only
from record import poll
from server import COMPONENT, Options
from test_meetings import MEETING, assert_on_time

HUNDRED = 100
CHECK_S = 150  # a client is asked for every two minutes


@only("ejabberd")  # which does not tell of lost sessions
def test_an_overlaid_client_that_was_cut_is_asked_for(
    calpresence, exchange, people, contacts
):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_alice, at_bob = contacts(alice, bob)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)
    at_alice.cut()
    at_bob.wait_seen(alice.contact, "unavailable", timeout=CHECK_S)


def test_a_cut_connection_is_noticed(server, calpresence, people, contacts):
    # Also ejabberd tells of those who have a contact online, if it is asked to.
    server.configure(Options(received=True))
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "available")
    at_alice.cut()
    at_bob.wait_seen(alice.contact, "unavailable")


def test_a_cut_connection_is_noticed_by_subscription(calpresence, people, contacts):
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    calpresence(
        presence={"source": "subscription"},
        users=({"jid": alice.jid, "mailbox": alice.mailbox},),
    ).start()
    at_alice.approve(COMPONENT)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "available")
    at_alice.cut()
    at_bob.wait_seen(alice.contact, "unavailable")


@pytest.mark.parametrize(
    "name, mailbox",
    [
        ("o\\27neil+x\\26y\\2fz", "o'neil+x&y/z"),
        ("j\u00fcrgen", "j\u00fcrgen"),
        ("a#b%c*d|e", "a#b%c*d|e"),
    ],
)
def test_any_legal_address_works(calpresence, exchange, people, contacts, name, mailbox):
    calpresence().run()
    alice, bob = people(name), people("bob")
    assert alice.mailbox.startswith(mailbox)
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    _, at_bob = contacts(alice, bob)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)


def test_a_hundred_people_change_at_once(calpresence, exchange, people, login):
    calpresence(publish={"watchers": "domain"}).run()
    crowd = [people("one") for _ in range(HUNDRED)]
    at_bob = login(people("bob")).present()
    for person in crowd:
        login(person).present(status=person.name)
        at_bob.subscribe(person.contact)
    for person in crowd:
        at_bob.wait_seen(person.contact, "available", person.name)
    start = soon(8)
    for person in crowd:
        exchange.add(person.mailbox, start, start + 4)

    def last(show):
        views = [at_bob.seen(f"{person.contact}/calendar") for person in crowd]
        return all(v.show == show for v in views) and max(views, key=lambda v: v.at)

    assert_on_time(poll(lambda: last("dnd"), 30, "a hundred meetings"), start)
    assert_on_time(poll(lambda: last("available"), 30, "a hundred ends"), start + 4)
    for person in crowd:
        assert at_bob.seen(f"{person.contact}/calendar").status == person.name
