"""Who may see whom in component mode."""

from dataclasses import replace

from client import bare
from server import Options

SUBSCRIPTIONS = ("subscribed", "unsubscribed")


def answers_of(client, person):
    """What a client heard of a person's contact address."""
    return [p for p in client.presences.items() if bare(p.sender) == person.contact]


def test_a_contact_may_watch(calpresence, people, contacts):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_alice.present("away", "At lunch")
    at_bob.subscribe(alice.contact)
    seen = at_bob.wait_seen(alice.contact, "away", "At lunch")
    assert seen.sender == f"{alice.contact}/calendar"
    assert at_bob.roster()[alice.contact] == "to"


def test_a_stranger_learns_nothing(calpresence, people, contacts, login):
    calpresence().run()
    alice, bob, carol, nobody = map(people, ("alice", "bob", "carol", "nobody"))
    nobody.contact = nobody.contact.replace("nobody", "never-was")
    at_carol = login(carol).present()
    _, at_bob = contacts(alice, bob)
    at_carol.subscribe(alice.contact)
    at_carol.subscribe(nobody.contact)
    at_carol.probe(alice.contact)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "available")
    at_carol.settle(alice.contact)
    heard = [p.type for p in answers_of(at_carol, alice)]
    assert "available" not in heard and "subscribed" not in heard
    assert heard == [p.type for p in answers_of(at_carol, nobody)]


def test_domain_admits_everybody_of_the_domain(calpresence, people, login):
    calpresence(publish={"watchers": "domain"}).run()
    alice, bob = people("alice"), people("bob")
    at_bob = login(bob).present()
    login(alice).present("away", "At lunch")
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "away", "At lunch")


def test_a_list_admits_those_who_are_on_it(calpresence, people, login):
    alice, bob, carol = people("alice"), people("bob"), people("carol")
    calpresence(publish={"watchers": "list", "watcher_list": [bob.jid]}).run()
    at_bob, at_carol = login(bob).present(), login(carol).present()
    login(alice).present()
    at_carol.subscribe(alice.contact)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "available")
    at_carol.settle(alice.contact)
    assert not at_carol.seen(alice.contact)


def test_who_unsubscribes_hears_no_more(calpresence, people, contacts):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "available")
    at_bob.unsubscribe(alice.contact)
    at_bob.wait_presence(
        lambda p: bare(p.sender) == alice.contact and p.type == "unavailable"
    )
    mark = at_bob.presences.mark()
    at_alice.present("away", "At lunch")
    at_bob.wait_seen(alice.jid, "away", "At lunch")
    at_bob.settle(alice.contact)
    late = at_bob.presences.items(mark)
    assert not [p for p in late if p.available and bare(p.sender) == alice.contact]


def test_a_watcher_who_comes_online_is_told(calpresence, people, contacts, login):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "available")
    at_bob.close()
    at_alice.present("away", "At lunch")
    login(bob, "phone").present().wait_seen(alice.contact, "away", "At lunch")


def test_an_admitted_person_who_never_subscribed_may_probe(calpresence, people, login):
    calpresence(publish={"watchers": "domain"}).run()
    alice, bob = people("alice"), people("bob")
    at_bob = login(bob).present()
    login(alice).present("away", "At lunch")
    at_bob.send_raw(f"<presence type='probe' to='{alice.contact}'/>")
    at_bob.wait_seen(alice.contact, "away", "At lunch")


def test_without_the_roster_privilege_requests_wait(
    server, calpresence, people, contacts, login
):
    server.configure(replace(Options(), roster=False))
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_bob.subscribe(alice.contact)
    daemon.wait_log("error.*roster")
    at_bob.settle(alice.contact)
    assert not [p for p in answers_of(at_bob, alice) if p.type in SUBSCRIPTIONS]
    at_alice.close()
    at_bob.close()
    server.configure(Options())
    daemon.wait_status(lambda s: s["domains"][0]["roster"], "the roster privilege", 60)
    login(alice).present()
    login(bob).present().wait_seen(alice.contact, "available")
