"""User mode: the module in the server lays over a person's own address what her calendar
says."""

from dataclasses import replace

import pytest

from calendars import soon
from client import LANG
from server import MODULE, Options
from test_meetings import MEETING, assert_on_time

OPTIONS = MODULE
USER = {"modes": ["user"]}
OWN = ("away", "At lunch")
LEASE_S = 5
STALE_S = 3
STALE = {"calendar": {"stale_after": STALE_S}}
STRANGER = "aside.example.test"
NOBODY = [("unavailable", "")]


@pytest.fixture
def daemon(calpresence):
    return calpresence(publish=USER).run()


@pytest.fixture
def watched(people, contacts):
    """watched("alice") logs in alice, who shows OWN, and bob, who sees that: her, him and
    their clients."""

    def make(name="alice"):
        person, bob = people(name), people("bob")
        at_person, at_bob = contacts(person, bob)
        at_person.present(*OWN, 5)
        at_bob.wait_seen(at_person.full_jid, *OWN)
        return person, bob, at_person, at_bob

    return make


@pytest.fixture
def pair(daemon, watched):
    return watched()


@pytest.fixture
def busy_pair(exchange, pair):
    """As pair; she is in a meeting, which he sees."""
    alice, _, at_alice, at_bob = pair
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    return pair


def heard(client, jid, mark=0):
    return [(p.show, p.status) for p in client.heard(jid, mark)]


def befriend(person, at_person, at_watcher):
    at_watcher.subscribe(person.jid)
    at_person.approve(at_watcher.jid)


# What a contact sees.


def test_a_meeting_is_one_stanza_at_each_edge(exchange, pair):
    alice, _, at_alice, at_bob = pair
    mark = at_bob.presences.mark()
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    overlay = at_bob.wait_seen(at_alice.full_jid, *MEETING)
    assert_on_time(overlay, start)
    assert overlay.priority == 5
    assert_on_time(at_bob.wait_seen(at_alice.full_jid, *OWN), start + 2)
    at_bob.settle()
    assert heard(at_bob, alice.jid, mark) == [MEETING, OWN]


def test_meetings_without_a_gap_are_one_stanza_each(exchange, pair):
    alice, _, at_alice, at_bob = pair
    mark = at_bob.presences.mark()
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    exchange.add(alice.mailbox, start + 1, start + 3)
    exchange.add(alice.mailbox, start + 3, start + 5, "OOF")
    exchange.add(alice.mailbox, start + 5, start + 6)
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    at_bob.wait_seen(at_alice.full_jid, "away", "Out of office")
    assert_on_time(at_bob.wait_seen(at_alice.full_jid, *MEETING), start + 5)
    assert_on_time(at_bob.wait_seen(at_alice.full_jid, *OWN), start + 6)
    assert heard(at_bob, alice.jid, mark) == [
        MEETING, ("away", "Out of office"), MEETING, OWN]


def test_a_cancelled_meeting_ends(exchange, pair):
    alice, _, at_alice, at_bob = pair
    meeting = exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    exchange.cancel(meeting)
    at_bob.wait_seen(at_alice.full_jid, *OWN)


def test_nobody_else_hears_of_it(exchange, pair, people, login):
    alice, _, at_alice, at_bob = pair
    at_carol = login(people("carol")).present()
    at_phone = login(alice, "phone").present("xa", "Mobile")
    at_alice.wait_seen(at_phone.full_jid, "xa", "Mobile")
    at_phone.wait_seen(at_alice.full_jid, *OWN)
    clients = (at_alice, at_phone, at_carol)
    marks = [client.presences.mark() for client in clients]
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    at_bob.wait_seen(at_phone.full_jid, *MEETING)
    for client, mark in zip(clients, marks):
        client.settle()
        assert heard(client, alice.jid, mark) == []


def test_her_own_change_in_a_meeting_is_one_stanza(exchange, busy_pair):
    alice, _, at_alice, at_bob = busy_pair
    caps = (
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1'"
        " node='http://client.example' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>"
    )
    mark = at_bob.presences.mark()
    at_alice.send_raw(f"<presence><show>xa</show><status>Far away</status>{caps}</presence>")
    seen = at_bob.wait_presence(lambda p: p.sender == at_alice.full_jid, after=mark)
    assert seen.xml.find("{http://jabber.org/protocol/caps}c") is not None
    at_alice.present("dnd", "Do not even try")
    at_bob.wait_seen(at_alice.full_jid, "dnd", "Do not even try")
    at_alice.present("xa", "Far away")
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    exchange.clear(alice.mailbox)
    at_bob.wait_seen(at_alice.full_jid, "xa", "Far away")
    assert heard(at_bob, alice.jid, mark) == [
        MEETING, ("dnd", "Do not even try"), MEETING, ("xa", "Far away")]


def test_her_language_is_not_that_of_the_overlay(exchange, pair):
    alice, _, at_alice, at_bob = pair
    said = "<presence xml:lang='de'><status>Zu Tisch</status></presence>"
    at_alice.send_raw(said)
    at_bob.wait_seen(at_alice.full_jid, "available", "Zu Tisch")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    assert at_bob.wait_seen(at_alice.full_jid, *MEETING).xml.get(LANG) in (None, "en")
    mark = at_bob.presences.mark()
    at_alice.send_raw(said)
    again = at_bob.wait_presence(lambda p: p.sender == at_alice.full_jid, after=mark)
    assert again.status == MEETING[1] and again.xml.get(LANG) in (None, "en")
    exchange.clear(alice.mailbox)
    assert at_bob.wait_seen(at_alice.full_jid, "available", "Zu Tisch").xml.get(LANG) == "de"


def test_every_client_of_hers_is_overlaid(exchange, pair, login):
    alice, _, at_alice, at_bob = pair
    at_phone = login(alice, "phone").present(None, "Mobile", -1)
    at_bob.wait_seen(at_phone.full_jid, "available", "Mobile")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    assert at_bob.wait_seen(at_phone.full_jid, *MEETING).priority == -1
    at_tab = login(alice, "tab").present("chat")
    at_bob.wait_seen(at_tab.full_jid, *MEETING)
    exchange.clear(alice.mailbox)
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    at_bob.wait_seen(at_phone.full_jid, "available", "Mobile")
    at_bob.wait_seen(at_tab.full_jid, "chat")


def test_who_comes_sees_it_at_once(busy_pair, people, login):
    alice, bob, at_alice, _ = busy_pair
    at_phone = login(bob, "phone").present()
    at_phone.wait_seen(at_alice.full_jid, *MEETING)
    at_carol = login(people("carol")).present()
    befriend(alice, at_alice, at_carol)
    at_carol.wait_seen(at_alice.full_jid, *MEETING)
    for client in at_phone, at_carol:
        client.settle()
        assert set(heard(client, at_alice.full_jid)) == {MEETING}


@pytest.mark.parametrize("end", ["leave", "close", "cut"])
def test_she_goes_and_comes_back_in_the_meeting(busy_pair, login, end):
    alice, _, at_alice, at_bob = busy_pair
    mark = at_bob.presences.mark()
    getattr(at_alice, end)()
    at_bob.wait_seen(at_alice.full_jid, "unavailable")
    back = login(alice, "phone").present("chat")
    at_bob.wait_seen(back.full_jid, *MEETING)
    at_bob.settle()
    assert heard(at_bob, at_alice.full_jid, mark) == NOBODY
    assert heard(at_bob, back.full_jid, mark) == [MEETING]


@pytest.mark.parametrize("end", ["remove", "revoke", "block"])
def test_who_is_no_contact_any_more_hears_nothing(exchange, pair, people, login, end):
    alice, bob, at_alice, at_bob = pair
    at_carol = login(people("carol")).present()
    befriend(alice, at_alice, at_carol)
    at_carol.wait_seen(at_alice.full_jid, *OWN)
    getattr(at_alice, end)(bob.jid)
    at_alice.settle()
    at_bob.settle()
    mark = at_bob.presences.mark()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_carol.wait_seen(at_alice.full_jid, *MEETING)
    at_alice.present("xa")
    exchange.clear(alice.mailbox)
    at_carol.wait_seen(at_alice.full_jid, "xa")
    at_bob.settle()
    assert heard(at_bob, alice.jid, mark) == []


def test_who_is_unblocked_sees_it_again(server, exchange, busy_pair):
    alice, bob, at_alice, at_bob = busy_pair
    at_alice.block(bob.jid)
    at_alice.settle()
    at_bob.settle()
    mark = at_bob.presences.mark()
    at_alice.unblock(bob.jid)
    if server.name == "ejabberd":  # which tells him with her next word, or at the next edge
        at_alice.present("xa")
    at_bob.wait_presence(lambda p: (p.show, p.status) == MEETING, after=mark)
    exchange.clear(alice.mailbox)
    at_bob.wait_seen(at_alice.full_jid, *(["xa"] if server.name == "ejabberd" else OWN))


def test_presence_for_strangers_is_her_own(busy_pair, people, login):
    _, bob, at_alice, at_bob = busy_pair
    at_carol = login(people("carol")).present()
    at_carol.settle()  # she is there before it is sent to her
    at_alice.present("chat", "For you", to=at_carol.jid)
    at_carol.wait_seen(at_alice.full_jid, "chat", "For you")
    at_alice.present("chat", "For you", to=bob.jid)
    at_alice.settle()
    at_bob.settle()
    assert "chat" not in [p.show for p in at_bob.presences.items()]


# The programs end and come back.


def test_a_component_that_died_leaves_nothing_wrong(daemon, exchange, pair, login):
    alice, bob, at_alice, at_bob = pair
    end = soon(6)
    exchange.add(alice.mailbox, soon(-60), end)
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    daemon.kill9()
    at_alice.present("xa", "Far away")
    at_phone = login(bob, "phone").present()
    at_phone.wait_seen(at_alice.full_jid, *MEETING)
    assert_on_time(at_bob.wait_seen(at_alice.full_jid, "xa", "Far away"), end)


def test_nobody_notices_a_restart(daemon, exchange, busy_pair, watched):
    alice, _, at_alice, at_bob = busy_pair
    carol, _, at_carol, at_watcher = watched("carol")
    meeting = exchange.add(carol.mailbox, soon(-60), soon(3600))
    at_watcher.wait_seen(at_carol.full_jid, *MEETING)
    mark = at_bob.presences.mark()
    daemon.kill9()
    exchange.cancel(meeting)
    daemon.run()
    at_watcher.wait_seen(at_carol.full_jid, *OWN)
    daemon.stop()
    meeting = exchange.add(carol.mailbox, soon(-60), soon(3600))
    daemon.run()
    at_watcher.wait_seen(at_carol.full_jid, *MEETING)
    at_bob.settle()
    assert heard(at_bob, alice.jid, mark) == []


def test_what_is_not_said_again_goes(daemon, exchange, busy_pair, watched):
    """What a calendar said that cannot be read any more goes once the others were read."""
    alice, _, at_alice, at_bob = busy_pair
    carol, _, at_carol, at_watcher = watched("carol")
    exchange.add(carol.mailbox, soon(-60), soon(3600))
    at_watcher.wait_seen(at_carol.full_jid, *MEETING)
    mark = at_bob.presences.mark()
    daemon.kill9()
    for path in daemon.folder.glob("calpresence.db*"):
        path.unlink()
    exchange.mailbox(carol.mailbox, error="ErrorMailRecipientNotFound")
    daemon.run()
    at_watcher.wait_seen(at_carol.full_jid, *OWN)
    at_bob.settle()
    assert heard(at_bob, alice.jid, mark) == []


def test_a_component_that_stays_away_is_taken_back(
    server, calpresence, exchange, watched
):
    server.configure(replace(OPTIONS, lease_s=LEASE_S))
    daemon = calpresence(publish=USER).run()
    alice, _, at_alice, at_bob = watched()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    mark = at_bob.presences.mark()
    daemon.kill9()
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    assert heard(at_bob, alice.jid, mark) == [OWN]
    daemon.run()
    at_bob.wait_seen(at_alice.full_jid, *MEETING)


def test_a_clean_stop_is_taken_back_soon(daemon, busy_pair):
    """Much sooner than by the module's lease."""
    alice, _, at_alice, at_bob = busy_pair
    mark = at_bob.presences.mark()
    daemon.stop()
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    assert heard(at_bob, alice.jid, mark) == [OWN]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_server_restarts_in_a_meeting(server, daemon, busy_pair, login, end):
    alice, bob, _, at_bob = busy_pair
    at_bob.close()
    if server.name == "ejabberd":  # killed at once it forgets new contacts
        end = "stop"
    getattr(server, end)()
    daemon.wait_status(lambda s: s["link"]["state"] != "up", "the loss")
    server.start()
    at_bob = login(bob).present()
    back = login(alice).present("xa", "Here again")
    at_bob.wait_seen(back.full_jid, *MEETING, timeout=60)


def test_the_module_comes_and_goes(server, daemon, busy_pair):
    _, _, at_alice, at_bob = busy_pair
    server.unload_module()
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    daemon.wait_log("mod_calpresence.*unloaded")
    server.load_module()
    at_bob.wait_seen(at_alice.full_jid, *MEETING, timeout=120)


@pytest.mark.parametrize(
    "changes",
    [
        {"publish": {"modes": ["component"]}},
        {"domains": None, "users": ({"jid": "x@example.test", "mailbox": "x@example.com"},)},
        {"domains": ({"im": "elsewhere.test", "mail": "example.com"},)},
        {"mapping": {"oof": {"show": "xa"}}},
    ],
    ids=["the mode", "the person", "the domain", "the mapping"],
)
def test_a_reload_takes_back_what_is_not_to_be_shown(daemon, busy_pair, changes):
    alice, _, at_alice, at_bob = busy_pair
    mark = at_bob.presences.mark()
    daemon.configure(**changes)
    daemon.sighup()
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    assert heard(at_bob, alice.jid, mark) == [OWN]


def test_a_reload_shows_other_texts(daemon, busy_pair):
    alice, _, at_alice, at_bob = busy_pair
    mark = at_bob.presences.mark()
    daemon.configure(mapping={"busy": {"show": "xa", "status": "Occupied"}})
    daemon.sighup()
    at_bob.wait_seen(at_alice.full_jid, "xa", "Occupied")
    assert heard(at_bob, alice.jid, mark) == [("xa", "Occupied")]


def test_a_calendar_that_has_grown_stale_shows_nothing(calpresence, exchange, watched):
    daemon = calpresence(publish=USER, **STALE).run()
    alice, _, at_alice, at_bob = watched()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    exchange.stop()
    at_bob.wait_seen(at_alice.full_jid, *OWN)
    daemon.kill9()  # nobody is needed for that
    exchange.start()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    daemon.run()
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    exchange.stop()
    daemon.kill9()
    at_bob.wait_seen(at_alice.full_jid, *OWN)


def test_a_fresh_calendar_is_told_on(calpresence, exchange, watched):
    """The end that the module knows moves on with each reading, and nobody sees that."""
    calpresence(publish=USER, **STALE).run()
    alice, _, at_alice, at_bob = watched()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(at_alice.full_jid, *MEETING)
    mark = at_bob.presences.mark()
    reads = exchange.stats(alice.mailbox)["mailbox"]["reads"]
    exchange.wait(alice.mailbox, reads=reads + 3 * STALE_S)
    at_bob.settle()
    assert heard(at_bob, alice.jid, mark) == []


# Without it.


def is_refused(status):
    [mode] = [m for m in status["domains"][0]["modes"] if m["mode"] == "user"]
    return not mode["on"] and status["domains"][0]["searched"] and mode["reason"]


def test_without_the_module_the_mode_is_off(server, calpresence, exchange, watched):
    server.configure(Options())
    daemon = calpresence(publish={"modes": ["user", "component"]}).start()
    status = daemon.wait_status(is_refused, "a refusal")
    assert "docs/SERVER-MODULE.md" in is_refused(status)
    assert any("mode user is off" in text for text in status["needs"])
    done = daemon.command("status")
    assert done.returncode == 1
    assert "mode user: off" in done.stdout
    alice, _, at_alice, at_bob = watched()
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)
    at_bob.settle()
    assert at_bob.seen(at_alice.full_jid).show == "away"
    errors = [line for line in daemon.output().splitlines() if 'mode "user" is off' in line]
    assert len(errors) == 1 and "docs/SERVER-MODULE.md" in errors[0]


def test_a_component_that_the_module_does_not_know_is_told_so(server, calpresence):
    server.configure(replace(MODULE, strangers=(STRANGER,)))
    daemon = calpresence(publish=USER, component={"jid": STRANGER}).start()
    daemon.wait_log(f'error.*does not let this component in.*{STRANGER}')
    daemon.wait_status(is_refused, "a refusal")
