"""Contact lists as servers may have them: long, or made by the server for a group."""

from dataclasses import replace

import pytest

from calendars import soon
from client import bare
from server import DOMAIN, MODULE, Options
from test_meetings import MEETING

MANY = 1000


def befriend_many(server, component, person, at_person):
    """A thousand contacts in her list who may see her; they need no accounts. She logs out
    for that."""
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


def test_a_contact_among_a_thousand_may_watch(
    server, calpresence, exchange, component, people, contacts, login
):
    server.configure(replace(Options(), trust=True))
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    befriend_many(server, component, alice, at_alice)
    daemon = calpresence().run()
    at_bob.present("away")  # ejabberd tells no component who was online before
    login(alice).present()
    at_bob.subscribe(alice.contact)
    daemon.wait_why(alice.jid, lambda why: why["contacts"] == MANY + 1, "her contacts")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)


@pytest.mark.parametrize("options", [Options(), MODULE], ids=["privileges", "the module"])
def test_a_group_of_the_server_may_watch(
    server, calpresence, exchange, people, login, options
):
    alice, bob, carol = map(people, ("alice", "bob", "carol"))
    server.configure(replace(options, group=(alice.jid, bob.jid)))
    calpresence(publish={"modes": ["component", "user"]}).run()
    at_bob, at_carol = login(bob).present(), login(carol).present()
    at_alice = login(alice).present()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.subscribe(alice.contact)
    at_carol.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)
    if options.module:
        at_bob.wait_seen(at_alice.full_jid, *MEETING)
    at_carol.settle(alice.contact)
    assert not [p for p in at_carol.presences.items()
                if bare(p.sender) in (alice.jid, alice.contact) and p.available]
