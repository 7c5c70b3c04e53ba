"""Component mode where the module in the server says who is there and who sees whom: no
privilege is needed, and what changes shows at once."""

import pytest

from calendars import soon
from server import MODULE
from test_meetings import MEETING

OPTIONS = MODULE


@pytest.fixture
def publish():
    return {}


@pytest.fixture
def trio(calpresence, publish, people, contacts, login):
    """alice, her contact bob and the stranger carol: the two last watch her contact
    address, as far as they may."""
    calpresence(publish=publish).run()
    alice, bob, carol = map(people, ("alice", "bob", "carol"))
    at_alice, at_bob = contacts(alice, bob)
    at_carol = login(carol).present()
    at_alice.present("away", "At lunch")
    at_bob.subscribe(alice.contact)
    at_carol.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "away", "At lunch")
    at_carol.settle(alice.contact)
    return alice, at_alice, at_bob, at_carol


def assert_hears_no_more(alice, at_alice, watcher, witness):
    """Nothing of her comes to the watcher any more, while the witness sees it."""
    watcher.wait_seen(alice.contact, "unavailable")
    mark = watcher.presences.mark()
    at_alice.present("xa", "Far away")
    witness.wait_seen(alice.contact, "xa", "Far away")
    watcher.settle(alice.contact)
    assert not [p for p in watcher.heard(alice.contact, mark) if p.available]


@pytest.mark.parametrize("end", ["leave", "close", "cut"])
def test_every_end_of_a_session_is_noticed(trio, end):
    alice, at_alice, at_bob, _ = trio
    getattr(at_alice, end)()
    at_bob.wait_seen(alice.contact, "unavailable")


def test_who_was_there_before_is_known(calpresence, exchange, people, contacts, login):
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_alice.present("away", "At lunch", 3)
    login(alice, "phone").present("chat", "Mobile", 1)
    daemon = calpresence().run()
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "away", "At lunch")
    [domain] = daemon.status()["domains"]
    assert domain["source"] == "module" and domain["complete"]
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)
    daemon.kill9()
    at_alice.cut()
    daemon.run()
    at_bob.wait_seen(alice.contact, *MEETING)
    exchange.clear(alice.mailbox)
    at_bob.wait_seen(alice.contact, "chat", "Mobile")


def test_an_approved_contact_is_admitted_at_once(trio):
    alice, at_alice, _, at_carol = trio
    assert not [p for p in at_carol.heard(alice.contact) if p.available]
    at_carol.subscribe(alice.jid)
    at_alice.approve(at_carol.jid)
    at_carol.wait_seen(alice.contact, "away", "At lunch")
    assert at_carol.roster()[alice.contact] == "to"


@pytest.mark.parametrize("end", ["remove", "revoke"])
def test_a_removed_contact_sees_no_more(trio, end):
    alice, at_alice, at_bob, at_carol = trio
    at_carol.subscribe(alice.jid)
    at_alice.approve(at_carol.jid)
    at_carol.wait_seen(alice.contact, "away", "At lunch")
    getattr(at_alice, end)(at_bob.jid)
    assert_hears_no_more(alice, at_alice, at_bob, at_carol)


@pytest.mark.parametrize(
    "publish",
    [{}, {"watchers": "domain"}, {"watchers": "list", "watcher_list": ["example.test"]}],
    ids=["contacts", "domain", "list"],
)
def test_who_is_blocked_sees_no_more(trio, publish):
    alice, at_alice, at_bob, at_carol = trio
    at_carol.subscribe(alice.jid)
    at_alice.approve(at_carol.jid)
    at_carol.wait_seen(alice.contact, "away", "At lunch")
    at_alice.block(at_bob.jid)
    assert_hears_no_more(alice, at_alice, at_bob, at_carol)
    at_alice.unblock(at_bob.jid)
    at_bob.wait_seen(alice.contact, "xa", "Far away")
    assert at_bob.roster()[alice.contact] == "to"


def test_a_block_outlives_her_absence(trio, login):
    alice, at_alice, at_bob, _ = trio
    at_alice.block(at_bob.jid)
    at_bob.wait_seen(alice.contact, "unavailable")
    at_alice.close()
    at_alice = login(alice, "phone").present()
    at_alice.settle()
    at_bob.leave()
    mark = at_bob.presences.mark()
    at_bob.present()
    at_bob.probe(alice.contact)
    at_bob.settle(alice.contact)
    assert not [p for p in at_bob.heard(alice.contact, mark) if p.available]
