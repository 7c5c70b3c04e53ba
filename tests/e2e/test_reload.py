"""What a reload takes back, shows before it does it, and refuses."""

from server import COMPONENT, DOMAIN

WATCHERS = 11  # one more than a reload may end without --force


def contact(person):
    """Her address where no domain is the default one."""
    return f"{person.name}\\40{DOMAIN}@{COMPONENT}"


def test_a_person_who_is_taken_out_is_seen_no_more(calpresence, people, login):
    alice, bob, carol = map(people, ("alice", "bob", "carol"))
    users = [{"jid": p.jid, "mailbox": p.mailbox} for p in (alice, carol)]
    daemon = calpresence(
        domains=None, users=tuple(users), publish={"watchers": "domain"}
    ).run()
    at_bob = login(bob).present()
    for person in alice, carol:
        login(person).present("away", "At lunch")
        at_bob.subscribe(contact(person))
        at_bob.wait_seen(contact(person), "away", "At lunch")
    daemon.configure(users=tuple(users[1:]))
    looked = daemon.command("reload", "--dry-run")
    assert looked.returncode == 0
    assert f"vanishes: {alice.jid}" in looked.stdout
    assert carol.jid not in looked.stdout
    assert at_bob.wait_seen(contact(alice), "away")
    assert daemon.command("reload").returncode == 0
    at_bob.wait_seen(contact(alice), "unavailable")
    at_bob.wait_seen(contact(carol), "away", "At lunch")


def test_another_resource_leaves_nothing_of_the_one_before(calpresence, people, login):
    daemon = calpresence(publish={"watchers": "domain"}).run()
    alice, bob = people("alice"), people("bob")
    login(alice).present("away")
    at_bob = login(bob).present()
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(f"{alice.contact}/calendar", "away")
    daemon.configure(publish={"resource": "outlook"})
    assert daemon.command("reload").returncode == 0
    at_bob.wait_seen(f"{alice.contact}/calendar", "unavailable")
    at_bob.wait_seen(f"{alice.contact}/outlook", "away")


def test_a_reload_that_ends_many_subscriptions_has_to_be_forced(
    calpresence, people, login
):
    daemon = calpresence(publish={"watchers": "domain"}).run()
    alice = people("alice")
    login(alice).present("away")
    watchers = [login(people("bob")).present() for _ in range(WATCHERS)]
    for watcher in watchers:
        watcher.subscribe(alice.contact)
        watcher.wait_seen(alice.contact, "away")
    generation = daemon.status()["generation"]
    daemon.configure(domains=({"im": f"b.{DOMAIN}", "mail": "example.com"},))

    looked = daemon.command("reload", "--dry-run")
    assert looked.returncode == 0
    assert f"{WATCHERS} of {WATCHERS} subscriptions would end" in looked.stdout
    refused = daemon.command("reload")
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    mark = daemon.mark()
    daemon.sighup()
    daemon.wait_log("is not taken over", after=mark)
    assert daemon.status()["generation"] == generation
    for watcher in watchers:
        watcher.wait_seen(alice.contact, "away")

    assert daemon.command("reload", "--force").returncode == 0
    for watcher in watchers:
        watcher.wait_seen(alice.contact, "unavailable")
