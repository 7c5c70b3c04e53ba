"""Only the named components, over their own sessions, are heard; whatever else is refused."""

from dataclasses import replace

import pytest
from fixtures import *  # noqa: F401, F403
from fixtures import MODULE, wait_last
from peer import NS, condition, overlay
from server import COMPONENT

STRANGER = "stranger.example.test"
# The stranger is one whom the server trusts to speak as anybody.
OPTIONS = replace(MODULE, trust=True, strangers=(STRANGER,))

REQUESTS = {
    "hello": ("set", f"<hello xmlns='{NS}' version='1'/>"),
    "overlays": ("set", f"<overlays xmlns='{NS}'>{overlay('alice@example.test', 'dnd')}</overlays>"),
    "sees": ("get", f"<sees xmlns='{NS}' jid='alice@example.test'/>"),
}
each_request = pytest.mark.parametrize("request_of", REQUESTS)


def test_hello_tells_version_bounds_and_abilities(join):
    hello = join().hello()
    assert hello.get("version") == "1" and hello.get("server") in ("Prosody", "ejabberd")
    assert hello.get("server-version")
    assert (int(hello.get("lease")), int(hello.get("max"))) == (120, 500)
    assert [a.get("name") for a in hello] == ["overlays", "clients", "sees"]


def test_the_server_lists_the_module_among_its_features(join):
    peer = join(hello=False)
    info = peer.iq("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>")
    assert NS in [f.get("var") for f in info.iter() if f.tag.endswith("}feature")]


@each_request
def test_another_component_is_refused(join, request_of):
    assert condition(join(STRANGER, hello=False).iq(*REQUESTS[request_of])) == "forbidden"


@each_request
def test_somebodys_client_is_refused(peer, people, login, request_of):
    client = login(people("mallory")).present()
    answer = client.iq(REQUESTS[request_of][0], "example.test", REQUESTS[request_of][1])
    assert condition(answer) == "forbidden"


@each_request
def test_the_components_name_in_anothers_mouth_is_refused(join, peer, request_of):
    stranger = join(STRANGER, hello=False)
    kind, payload = REQUESTS[request_of]
    ident = f"forged-{request_of}"
    stranger.send(
        f"<iq type='{kind}' id='{ident}' from='{COMPONENT}' to='example.test'>{payload}</iq>"
    )
    stranger.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
    peer.lay()  # behind whatever came to this one
    # ejabberd may give the answer to a stream of that name that a test before has just left.
    answers = [s for one in (stranger, peer) for s in one.stanzas.items() if s.get("id") == ident]
    assert {condition(answer) for answer in answers} <= {"forbidden"}
    assert not [s for s in stranger.stanzas.items() if s.tag.endswith("}message")]
    assert condition(stranger.lay()) == "forbidden"


def test_an_address_at_the_component_is_not_the_component(join):
    peer = join()
    kind, payload = REQUESTS["hello"]
    ident = peer.ask(kind, payload, sender=f"somebody@{COMPONENT}")
    assert condition(peer.answer(ident)) == "forbidden"


@pytest.mark.parametrize("request_of_it", [
    ("get", f"<hello xmlns='{NS}'/>"),
    ("set", f"<hello xmlns='{NS}'>{'<x/>' * 501}</hello>"),
    ("set", f"<goodbye xmlns='{NS}'/>"),
])
def test_what_is_no_hello_begins_no_round(join, request_of_it):
    peer = join(hello=False)
    assert peer.iq(*request_of_it).get("type") == "error"
    assert condition(peer.lay()) == "unexpected-request"
    peer.hello()
    numbers = peer.numbers()
    assert peer.iq(*request_of_it).get("type") == "error"
    assert condition(peer.lay()) == "result"
    assert peer.numbers() == numbers


def test_hello_comes_first(join):
    peer = join(hello=False)
    assert condition(peer.lay(overlay("alice@example.test", "dnd"))) == "unexpected-request"
    assert condition(peer.iq(*REQUESTS["sees"])) == "unexpected-request"


def test_another_stream_of_the_component_says_its_own_hello(join, desk):
    at_alice, at_bob = desk
    first = join()
    first.put(at_alice.jid, "dnd")
    second = join(hello=False)
    assert condition(second.lay()) == "unexpected-request"
    second.hello()
    second.put(at_alice.jid, "away", "Out of office")
    wait_last(at_bob, at_alice.full_jid, ("away", "Out of office"))
