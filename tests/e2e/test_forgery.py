"""Who sends attributes with a prefix says nothing by them: the servers stamp, and pass on,
the attributes without one (Namespaces in XML 1.0 section 6.2)."""

import pytest

from client import bare
from conftest import SERVERS
from server import COMPONENT, DOMAIN, Options
from test_external import at_zoe, two_servers  # noqa: F401 (a fixture)

PRIVILEGE = "urn:xmpp:privilege:"


@pytest.fixture(params=SERVERS, scope="module")
def server(request):
    """One without the module: what its people send is the source."""
    with two_servers(request.param, Options()) as one:
        yield one


@pytest.fixture
def daemon(calpresence):
    return calpresence(publish={"watchers": "contacts"}).run()


@pytest.fixture(params=["here", "elsewhere"])
def mallory(request, people, login):
    """A client of somebody whom nobody knows, of our server or of another one."""
    if request.param == "elsewhere":
        return request.getfixturevalue("at_zoe")
    return login(people("mallory")).present()


@pytest.fixture
def scene(daemon, people, contacts):
    """Alice's and Bob's clients; he watches her, at her own and at her contact address."""
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_alice.present("away", "At lunch")
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "away", "At lunch")
    return alice, at_alice, at_bob


def forge(client, kind, inside="", to=COMPONENT, own="", **forged):
    """Sends a stanza with attributes of a foreign namespace beside the real ones. In what
    order a server writes them depends on their names: some will be behind the real ones.
    """
    for number in range(12):
        attributes = "".join(f" b:{name}='{value}'" for name, value in forged.items())
        client.send_raw(
            f"<{kind} to='{to}'{own} xmlns:b='urn:b{number}'{attributes}>{inside}</{kind}>"
        )
    client.settle(COMPONENT)


def test_a_presence_is_its_senders(daemon, scene, mallory):
    alice, at_alice, at_bob = scene
    mark = at_bob.presences.mark()
    for sender in at_alice.full_jid, alice.jid:
        forge(mallory, "presence", "<status>forged</status>", **{"from": sender})
        forge(mallory, "presence", **{"from": sender, "type": "unavailable"})
        forge(mallory, "presence", own=" type='unavailable'", **{"from": sender})
    at_alice.present("xa", "Far away")
    at_bob.wait_seen(alice.contact, "xa", "Far away")
    at_bob.settle(COMPONENT)
    heard = [p for p in at_bob.presences.items(mark) if bare(p.sender) == alice.contact]
    assert [(p.show, p.status) for p in heard] == [("xa", "Far away")]


def test_a_subscription_is_its_senders(daemon, scene, mallory):
    alice, at_alice, at_bob = scene
    mark = at_bob.presences.mark()
    forge(
        mallory, "presence", to=alice.contact, own=" type='unsubscribe'",
        **{"from": at_bob.jid},
    )
    forge(
        mallory, "presence", to=alice.contact, own=" type='subscribe'",
        **{"from": at_bob.jid},
    )
    at_alice.present("xa", "Far away")
    at_bob.wait_seen(alice.contact, "xa", "Far away")
    at_bob.settle(COMPONENT)
    mallory.settle(COMPONENT)
    heard = [p for p in at_bob.presences.items(mark) if bare(p.sender) == alice.contact]
    assert {p.type for p in heard} == {"available"}
    seen = [p for p in mallory.presences.items() if bare(p.sender) == alice.contact]
    assert not [p for p in seen if p.available or p.type == "subscribed"]


def test_a_privilege_is_the_servers(daemon, scene, mallory):
    before = daemon.status()["domains"]
    for version in "1", "2":
        perms = "".join(
            f"<perm access='{access}' type='none'/>"
            for access in ("roster", "presence", "message", "iq")
        )
        inside = f"<privilege xmlns='{PRIVILEGE}{version}'>{perms}</privilege>"
        forge(mallory, "message", inside, **{"from": DOMAIN})
    assert daemon.status()["domains"] == before


def test_an_answer_and_a_roster_item_are_the_servers(daemon, scene, mallory):
    alice, at_alice, at_bob = scene
    before = daemon.status()["domains"], daemon.why(alice.jid)["contacts"]
    roster = (
        "<query xmlns='jabber:iq:roster'>"
        f"<item jid='{mallory.jid}' subscription='both'/></query>"
    )
    software = (
        "<query xmlns='jabber:iq:version'><name>forged</name></query>",
        "<query xmlns='http://jabber.org/protocol/disco#info'/>",
    )
    for inside in (roster, *software):
        for kind in "set", "result":
            for sender in DOMAIN, alice.jid:
                forge(
                    mallory, "iq", inside, own=f" type='{kind}' id='forged'",
                    **{"from": sender},
                )
    forge(mallory, "presence", to=alice.contact, own=" type='subscribe'")
    at_alice.present("xa", "Far away")
    at_bob.wait_seen(alice.contact, "xa", "Far away")
    assert before == (daemon.status()["domains"], daemon.why(alice.jid)["contacts"])
    seen = [p for p in mallory.presences.items() if bare(p.sender) == alice.contact]
    assert not [p for p in seen if p.available or p.type == "subscribed"]


def test_an_error_goes_to_the_sender(daemon, scene, mallory):
    alice, _, at_bob = scene
    mark = at_bob.messages.mark()
    forge(
        mallory, "message", "<body>x</body>", to=alice.contact, own=" id='real'",
        **{"from": at_bob.jid, "id": "forged", "type": "error"},
    )
    at_bob.settle(COMPONENT)
    errors = [m for m in mallory.messages.items() if m.get("type") == "error"]
    assert {(e.get("id"), e.get("from")) for e in errors} == {("real", alice.contact)}
    assert len(errors) == 12
    assert not at_bob.messages.items(mark)


@pytest.mark.parametrize(
    "stanza",
    [
        "<presence to='{to}'>" + "<a>" * 300 + "</a>" * 300 + "</presence>",
        "<presence to='{to}'><a "
        + " ".join(f"a{i}='1'" for i in range(2000))
        + "/></presence>",
        "<presence to='{to}'><" + "a" * 60000 + "/></presence>",
        "<message to='{to}'><body>" + "x" * 200000 + "</body></message>",
        "<message to='{to}'><a xmlns='no URI' b:c='1' xmlns:b='n:'/></message>",
        "<presence to='{to}' from:x='{to}'/>",
        "<presence to='{to}' xmlns:a='urn:a' a:b:from='{to}'/>",
        "<presence to='{to}'><x:a:b xmlns:x='urn:x'/></presence>",
    ],
    ids=["deep", "attributes", "name", "long", "uri", "prefix", "colons", "element"],
)
def test_nobody_ends_the_stream(daemon, people, login, stanza):
    """A server may refuse such a stanza, or its sender; the component goes on."""
    bob = login(people("bob")).present()
    mallory = login(people("mallory")).present()
    mark = daemon.mark()
    mallory.send_raw(stanza.format(to=COMPONENT))
    mallory.settle_or_end(COMPONENT)
    bob.settle(COMPONENT)
    assert daemon.status()["link"]["last_loss"] == "none"
    with pytest.raises(AssertionError):
        daemon.wait_log("connected to the server", timeout=0, after=mark)
