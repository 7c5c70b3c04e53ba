"""Rooms: contacts without an account, whose presence is their calendar's."""

import uuid

import pytest

from calendars import soon
from server import COMPONENT
from test_meetings import assert_on_time

IN_USE = ("dnd", "In use")


@pytest.fixture
def room(exchange):
    """A room's name and mailbox, new in every test."""
    name = f"room-{uuid.uuid4().hex[:8]}"
    exchange.create(f"{name}@example.com")
    return name


def test_a_room_is_in_use_and_free_again(
    calpresence, exchange, people, login, room
):
    users = ({"mailbox": f"{room}@example.com", "name": "Room 1"},)
    daemon = calpresence(users=users).run()
    contact = f"{room}@{COMPONENT}"
    at_bob = login(people("bob")).present()
    at_bob.subscribe(contact)
    assert at_bob.wait_seen(contact, "available").status == ""
    assert at_bob.roster()[contact] == "to"
    start = soon(3)
    exchange.add(f"{room}@example.com", start, start + 2)
    assert_on_time(at_bob.wait_seen(contact, *IN_USE), start)
    assert_on_time(at_bob.wait_seen(contact, "available", ""), start + 2)
    info = at_bob.iq(
        "get", contact, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
    [identity] = info.iter("{http://jabber.org/protocol/disco#info}identity")
    assert identity.get("name") == "Room 1"
    [name] = at_bob.iq("get", contact, "<vCard xmlns='vcard-temp'/>").iter(
        "{vcard-temp}FN")
    assert name.text == "Room 1"
    items = at_bob.iq("get", COMPONENT,
        "<query xmlns='http://jabber.org/protocol/disco#items'/>")
    [item] = items.iter("{http://jabber.org/protocol/disco#items}item")
    assert (item.get("jid"), item.get("name")) == (contact, "Room 1")
    assert 'the room "Room 1"' in daemon.command("why", contact).stdout


def test_a_room_that_cannot_be_read_is_not_free(
    calpresence, exchange, people, login, room
):
    users_file = exchange.folder / "users.csv"
    users_file.write_text(f"jid,mailbox,gateway,name\n,{room}@example.com,,Room 2\n")
    exchange.mailbox(f"{room}@example.com", error="ErrorNoFreeBusyAccess")
    daemon = calpresence(users_file=str(users_file)).run()
    contact = f"{room}@{COMPONENT}"
    at_bob = login(people("bob")).present()
    at_bob.subscribe(contact)
    at_bob.wait_seen(contact, "unavailable")
    why = daemon.wait_why(contact, lambda why: why["calendar"]["failure"])
    assert (why["room"], why["calendar"]["state"]) == ("Room 2", "unknown")
    at_bob.settle(contact)
    assert at_bob.seen(contact) == {}
