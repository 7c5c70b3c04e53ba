"""What the component answers to stanzas that have nothing to do with presence."""

import pytest

from server import COMPONENT

DISCO = "http://jabber.org/protocol/disco#info"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"


@pytest.fixture
def bob(calpresence, people, login):
    calpresence().run()
    return login(people("bob")).present()


def test_ping(bob):
    answer = bob.iq("get", COMPONENT, "<ping xmlns='urn:xmpp:ping'/>")
    assert answer.get("type") == "result"


def test_disco(bob):
    answer = bob.iq("get", COMPONENT, f"<query xmlns='{DISCO}'/>")
    assert answer.get("type") == "result"
    features = {f.get("var") for f in answer.iter(f"{{{DISCO}}}feature")}
    assert {DISCO, "urn:xmpp:ping"} <= features


def test_version(bob):
    answer = bob.iq("get", COMPONENT, "<query xmlns='jabber:iq:version'/>")
    assert answer.findtext(".//{jabber:iq:version}name") == "calpresence"


@pytest.mark.parametrize("kind", ["get", "set"])
@pytest.mark.parametrize("local", ["", "alice@", "never-was@"])
def test_a_stray_iq_is_answered(bob, kind, local):
    answer = bob.iq(kind, local + COMPONENT, "<query xmlns='urn:example:stray'/>")
    assert answer.get("type") == "error"
    assert answer.find(f".//{STANZAS}service-unavailable") is not None


def test_a_message_to_a_contact_address_is_redirected(bob, people):
    alice = people("alice")
    bob.say(alice.contact, "Are you there?")
    error = bob.messages.wait(lambda m: m.get("type") == "error")
    assert error.get("from") == alice.contact
    assert error.get("id") == "say"
    assert error.findtext(f".//{STANZAS}redirect") == f"xmpp:{alice.jid}"


def test_an_error_is_not_answered_by_an_error(bob):
    bob.send_raw(f"<message type='error' to='x@{COMPONENT}'><body>no</body></message>")
    bob.settle(COMPONENT)
    assert not [m for m in bob.messages.items() if m.get("type") == "error"]
