"""Neighbours with an ordinary account who mean no good: the others notice nothing."""

import pytest

from calendars import soon
from client import bare
from server import COMPONENT, DOMAIN, MODULE
from test_meetings import MEETING

OPTIONS = MODULE
USER = {"modes": ["user"]}
BOTH = {"modes": ["user", "component"]}
NS = "urn:calpresence:server:1"
OWN = ("away", "At lunch")
ODD_LOCALS = ("o\\27neil", "hash#tag", "smile☺", "日本", "a.b+c=d!e")
ODD_RESOURCES = (
    "it's", 'say "hi"', "a/b/c", "<&>", "smile😀", "ﬁ", "ª", "x" * 1000, " two  words ", "日本語",
    "a\u0301", "ß", "Ω\u0345", "\u06dd1", "א1א",
)


@pytest.fixture
def watched(people, contacts):
    """alice, who shows OWN, bob, who sees that, and their clients."""
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    at_alice.present(*OWN, 5)
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    return alice, bob, at_alice, at_bob


def rounds(daemon):
    """How often the feed was begun."""
    return sum(1 for line in daemon.output().splitlines() if "mod_calpresence of" in line)


def assert_meetings_show(exchange, watched):
    alice, _, at_alice, at_bob = watched
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)


def test_long_languages_do_not_end_the_feed(calpresence, exchange, watched, people, login):
    """A server stamps the language of the stanza on texts that have none."""
    daemon = calpresence(publish=USER).run()
    at_mallory = login(people("mallory"))
    long = "en-x" + "-abcdefgh" * 24_000
    texts = "".join(f"<status>{n}</status>" for n in range(50))
    at_mallory.send_raw(f"<presence xml:lang='{long}'>{texts}</presence>")
    at_mallory.settle_or_end()
    alice, _, at_alice, _ = watched
    at_alice.present("xa", "On the way")
    daemon.wait_why(alice.jid, lambda why: why["resources"][0]["show"] == "xa")
    assert_meetings_show(exchange, watched)
    assert rounds(daemon) == 1, daemon.output()


@pytest.mark.parametrize("local", ODD_LOCALS)
def test_odd_names(calpresence, exchange, people, contacts, local):
    calpresence(publish=BOTH).run()
    odd, bob = people(local), people("bob")
    at_odd, at_bob = contacts(odd, bob)
    at_odd.present(*OWN)
    at_bob.wait_seen(at_odd.full_jid, *OWN)
    exchange.add(odd.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_odd.full_jid, *MEETING)
    at_bob.subscribe(odd.contact)
    at_bob.wait_seen(odd.contact, *MEETING)


def test_odd_resources(calpresence, exchange, people, contacts, login):
    daemon = calpresence(publish=USER).run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = contacts(alice, bob)
    phones = []
    for resource in ODD_RESOURCES:
        try:
            phones.append(login(alice, resource).present())
        except Exception as error:  # the server does not take it
            print(resource[:20], repr(error)[:200])
    print(len(phones), "of", len(ODD_RESOURCES))
    for phone in phones:
        phone.settle()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.presences.wait_until(
        lambda: len([p for p in at_bob.seen(alice.jid).values() if p.show == "dnd"])
        == len(at_bob.seen(alice.jid)), what="all of them")
    assert len(at_bob.seen(alice.jid)) == len(phones) + 1
    told = daemon.wait_why(alice.jid, lambda w: len(w["resources"]) == len(phones) + 1)
    print(told["resources"])


def test_strangers_do_not_learn_which_rooms_exist(calpresence, people, login):
    room = {"mailbox": "room1@example.com", "name": "Room 1"}
    calpresence(publish={"watchers": "list", "watcher_list": [f"boss@{DOMAIN}"]}, users=(room,)).run()
    at_mallory = login(people("mallory")).present()
    answers = []
    for local in ("room1", "room9"):
        at_mallory.say(f"{local}@{COMPONENT}", "Hello?")
        message = at_mallory.messages.wait(lambda m: bare(m.get("from")) == f"{local}@{COMPONENT}")
        [error] = [e for e in message if e.tag.endswith("error")]
        answers.append([e.tag for e in error])
        for payload in ("<query xmlns='http://jabber.org/protocol/disco#info'/>",
                        "<vCard xmlns='vcard-temp'/>", "<ping xmlns='urn:xmpp:ping'/>",
                        "<query xmlns='jabber:iq:version'/>",
                        "<query xmlns='http://jabber.org/protocol/disco#items'/>"):
            for to in (f"{local}@{COMPONENT}", f"{local}@{COMPONENT}/calendar"):
                iq = at_mallory.iq("get", to, payload)
                answers[-1] += [iq.get("type"), *(e.tag for e in iq.iter())]
    assert answers[0] == answers[1]


def test_words_of_the_protocol_from_a_user_do_nothing(calpresence, exchange, watched, people, login):
    daemon = calpresence(publish=BOTH).run()
    alice, _, at_alice, at_bob = watched
    at_mallory = login(people("mallory")).present()
    hello = f"<hello xmlns='{NS}' version='1'/>"
    lay = (f"<overlays xmlns='{NS}' complete='true' lease='1'>"
           f"<person jid='{alice.jid}' show='dnd' until='2099-01-01T00:00:00Z'/></overlays>")
    ask = f"<sees xmlns='{NS}' jid='{alice.jid}'><watcher jid='{at_bob.jid}'/></sees>"
    for to in (DOMAIN, COMPONENT, alice.contact, alice.jid, at_alice.full_jid, at_mallory.jid):
        for kind, payload in (("set", hello), ("set", lay), ("get", ask)):
            if to != at_alice.full_jid:
                assert at_mallory.iq(kind, to, payload).get("type") == "error"
        for inner in (
            f"<feed xmlns='{NS}' seq='2'><gone jid='{at_alice.full_jid}'/><bye/></feed>",
            f"<feed xmlns='{NS}' seq='1000'><end/></feed>",
            "<privilege xmlns='urn:xmpp:privilege:2'><perm access='presence' type='none'/></privilege>",
        ):
            at_mallory.send_raw(f"<message to='{to}'>{inner}</message>")
            at_mallory.send_raw(f"<message to='{to}' type='error'>{inner}</message>")
    at_mallory.settle(COMPONENT)
    assert_meetings_show(exchange, watched)
    assert rounds(daemon) == 1


def test_floods(calpresence, exchange, watched, people, login):
    daemon = calpresence(publish=BOTH).run()
    alice, bob, at_alice, at_bob = watched
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *OWN)
    mallory = people("mallory")
    at_mallory = login(mallory).present()
    for n in range(400):
        at_mallory.send_raw(f"<presence type='subscribe' to='wide{n}@{COMPONENT}'/>")
    for n in range(300):
        at_mallory.send_raw(f"<presence type='subscribe' to='{alice.contact}'/>")
        at_mallory.send_raw(f"<presence type='probe' to='{alice.contact}'/>")
        at_mallory.send_raw(f"<presence type='unsubscribe' to='{alice.contact}'/>")
        at_mallory.send_raw(f"<presence to='{COMPONENT}'><show>dnd</show></presence>")
        at_mallory.send_raw(f"<presence xml:lang='de'><priority>{n % 128}</priority><status>{n}</status></presence>")
        at_mallory.send_raw(f"<iq type='get' id='f{n}' to='{alice.contact}'><vCard xmlns='vcard-temp'/></iq>")
        at_mallory.send_raw(f"<iq type='get' id='g{n}' to='{alice.contact}/calendar'><ping xmlns='urn:xmpp:ping'/></iq>")
    many = "".join(f"<status xml:lang='a{chr(97 + n // 26)}{chr(97 + n % 26)}'>{'&lt;' * 1000}</status>" for n in range(50))
    at_mallory.send_raw(f"<presence>{many}</presence>")
    for _ in range(20):
        at_bob_blocks = (at_alice.block, at_alice.unblock)
        for act in at_bob_blocks:
            act(f"nobody@{DOMAIN}")
    at_mallory.settle(COMPONENT)
    assert not [p for p in at_mallory.presences.items() if COMPONENT in p.sender and p.type != "error"]
    assert_meetings_show(exchange, watched)
    at_bob.wait_seen(alice.contact, *MEETING)
    assert rounds(daemon) == 1, daemon.output()
