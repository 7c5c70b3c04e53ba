"""The harness itself, without calpresence: what it stands on works on both servers."""

from conftest import only
from server import COMPONENT, DOMAIN, Options

PRIVILEGE = ("{urn:xmpp:privilege:1}privilege", "{urn:xmpp:privilege:2}privilege")


def privileges(message):
    """access -> type, of a privilege message."""
    found = [e for name in PRIVILEGE for e in message.iter(name)]
    return {perm.get("access"): perm.get("type") for e in found for perm in e}


def test_a_contact_sees_what_a_person_sends(people, login):
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = login(alice).present(), login(bob).present()
    at_bob.subscribe(alice.jid)
    at_alice.approve(bob.jid)
    at_bob.wait_seen(at_alice.full_jid, "available")
    at_alice.present("away", "At lunch", 5)
    seen = at_bob.wait_seen(alice.jid, "away", "At lunch")
    assert seen.sender == at_alice.full_jid
    assert seen.priority == 5
    assert list(at_bob.seen(alice.jid)) == [at_alice.full_jid]
    assert at_bob.roster()[alice.jid] == "to"


def test_a_cut_connection_is_seen_by_contacts(people, login):
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = login(alice).present(), login(bob).present()
    at_bob.subscribe(alice.jid)
    at_alice.approve(bob.jid)
    at_bob.wait_seen(at_alice.full_jid, "available")
    at_alice.cut()
    at_bob.wait_seen(at_alice.full_jid, "unavailable")
    assert not at_bob.seen(alice.jid)


def test_the_component_is_told_its_privileges(component):
    fake = component().wait_up()
    message = fake.wait("message", privileges)
    assert message.get("from") == DOMAIN
    assert privileges(message)["presence"] == "managed_entity"
    assert privileges(message)["roster"] == "both"


def test_the_component_sees_presences_by_privilege(people, login, component):
    fake = component().wait_up()
    fake.wait("message", privileges)
    client = login(people("alice")).present("away")
    fake.wait("presence", lambda p: p.get("from") == client.full_jid)


def test_the_component_reads_a_roster_by_privilege(people, login, component):
    alice, bob = people("alice"), people("bob")
    at_alice = login(alice).present()
    at_alice.subscribe(bob.jid)
    at_alice.settle()
    fake = component().wait_up()
    fake.wait("message", privileges)
    fake.send(
        f"<iq type='get' id='r' from='{COMPONENT}' to='{alice.jid}'>"
        "<query xmlns='jabber:iq:roster'/></iq>"
    )
    answer = fake.wait("iq", lambda iq: iq.get("id") == "r")
    assert [i.get("jid") for i in answer.iter("{jabber:iq:roster}item")] == [bob.jid]


def test_a_component_may_not_speak_as_a_user(people, component):
    alice, bob = people("alice"), people("bob")
    fake = component().wait_up()
    fake.send(f"<presence from='{alice.jid}/x' to='{bob.jid}'/>")
    error = fake.wait("error")
    assert error[0].tag.endswith("}invalid-from")


def test_privileges_can_be_withheld(server, component):
    server.configure(Options(privileges=False))
    fake = component().wait_up()
    fake.send(
        f"<iq type='get' id='p' from='{COMPONENT}' to='{DOMAIN}'>"
        "<ping xmlns='urn:xmpp:ping'/></iq>"
    )
    fake.wait("iq", lambda iq: iq.get("id") == "p")
    assert not [s for s in fake.stanzas.items() if s.tag.endswith("message")]


def test_a_wrong_secret_is_refused(component):
    fake = component(secret="wrong")
    assert fake.wait("error")[0].tag.endswith("}not-authorized")


@only("prosody")
def test_a_second_component_of_the_name_conflicts(component):
    component().wait_up()
    assert component().wait("error")[0].tag.endswith("}conflict")


def test_users_outlive_a_restart_and_a_kill(server, people, login):
    alice = people("alice")
    server.stop()
    server.start()
    login(alice).close()
    server.kill()
    server.start()
    login(alice).close()


def test_a_frozen_server_goes_on_when_thawed(server, people, login):
    client = login(people("alice")).present()
    server.freeze()
    client.present("away")
    server.thaw()
    client.settle()


