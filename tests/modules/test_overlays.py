"""What contacts see of somebody whom an overlay lies on."""

import pytest
from fixtures import *  # noqa: F401, F403
from fixtures import AWAY, DESK, MEETING, heard, person, wait_last
from server import ROOMS

SHOWS = ["chat", "available", "away", "xa", "dnd"]  # from the most reachable one on
CAPS = (
    "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>"
    "<idle xmlns='urn:xmpp:idle:1' since='2026-01-01T00:00:00Z'/>"
)


def children(presence):
    return {child.tag.rpartition("}")[2] for child in presence.xml}


def test_an_overlay_comes_and_goes_in_one_stanza_each(peer, desk):
    at_alice, at_bob = desk
    mark, own = at_bob.presences.mark(), at_alice.presences.mark()
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING, mark)
    peer.take(at_alice.jid)
    assert wait_last(at_bob, at_alice.full_jid, DESK, mark) == [MEETING, DESK]
    at_alice.settle()
    assert heard(at_alice, at_alice.jid, own) == []


def test_every_client_of_hers_is_laid_upon(peer, desk, login):
    at_alice, at_bob = desk
    alice = person(at_alice)
    bot = login(alice, "bot").present("away", "bot", -10)
    wait_last(at_bob, bot.full_jid, ("away", "bot"))
    mark = at_bob.presences.mark()
    peer.put(at_alice.jid, *MEETING)
    for client in at_alice, bot:
        wait_last(at_bob, client.full_jid, MEETING, mark)
    assert at_bob.seen(bot.full_jid).priority == -10
    tablet = login(alice, "tablet").present(status="new")
    assert wait_last(at_bob, tablet.full_jid, MEETING, mark) == [MEETING]
    wait_last(tablet, at_alice.full_jid, DESK)
    wait_last(tablet, bot.full_jid, ("away", "bot"))


def test_texts_come_in_all_their_languages(peer, desk):
    at_alice, at_bob = desk
    odd = "R&D <b>\"call\"</b> 'x' \U0001F4C5"
    texts = {"en": odd, "ja": "会議中", "pt-BR": "Em reunião"}
    peer.put(at_alice.jid, "dnd", texts=texts)
    assert at_bob.wait_seen(at_alice.full_jid, "dnd", odd).statuses == texts


def test_an_overlay_without_a_text_keeps_hers(peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, "xa", texts={})
    at_bob.wait_seen(at_alice.full_jid, "xa", DESK[1])


def test_what_she_says_in_a_meeting_comes_overlaid_at_once(peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    mark, own = at_bob.presences.mark(), at_alice.presences.mark()
    at_alice.send_raw(
        f"<presence><show>away</show><status>coffee</status><priority>7</priority>{CAPS}</presence>"
    )
    assert wait_last(at_bob, at_alice.full_jid, MEETING, mark) == [MEETING]
    seen = at_bob.seen(at_alice.full_jid)
    assert {"c", "idle"} <= children(seen) and seen.priority == 7 and len(seen.statuses) == 1
    wait_last(at_alice, at_alice.full_jid, ("away", "coffee"), own)
    peer.take(at_alice.jid)
    assert wait_last(at_bob, at_alice.full_jid, ("away", "coffee"), mark)[1:] == [("away", "coffee")]
    assert "c" in children(at_bob.seen(at_alice.full_jid))


@pytest.mark.parametrize("laid", [AWAY, MEETING], ids=["away", "dnd"])
def test_the_less_reachable_show_wins_and_her_own_dnd_keeps_its_text(peer, desk, laid):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *laid)
    for own in SHOWS:
        at_alice.present(None if own == "available" else own, "mine")
        show = max(own, laid[0], key=SHOWS.index)
        wait_last(at_bob, at_alice.full_jid, (show, "mine" if own == "dnd" else laid[1]))


def test_an_edge_that_changes_nothing_sends_nothing(peer, desk):
    at_alice, at_bob = desk
    at_alice.present("dnd", "mine")
    wait_last(at_bob, at_alice.full_jid, ("dnd", "mine"))
    mark = at_bob.presences.mark()
    peer.put(at_alice.jid, *MEETING)
    peer.put(at_alice.jid, *AWAY)
    peer.take(at_alice.jid)
    at_alice.present(status=DESK[1])
    assert wait_last(at_bob, at_alice.full_jid, DESK, mark) == [DESK]


def test_directed_presence_is_laid_upon_for_contacts_alone(people, peer, desk, login):
    at_alice, at_bob = desk
    stranger = login(people("mallory")).present()
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    mark, own = at_bob.presences.mark(), ("chat", "for you")
    room = f"room@{ROOMS}/alice"
    for to in at_bob.jid, at_bob.full_jid, stranger.jid:
        at_alice.present(*own, to=to)
    at_alice.send_raw(
        f"<presence to='{room}'><show>chat</show><status>for you</status>"
        "<x xmlns='http://jabber.org/protocol/muc'/></presence>"
    )
    wait_last(stranger, at_alice.full_jid, own)
    wait_last(at_alice, room, own)
    at_bob.settle()
    assert heard(at_bob, at_alice.full_jid, mark) == [MEETING, MEETING]
    peer.take(at_alice.jid)
    wait_last(at_bob, at_alice.full_jid, DESK, mark)
    at_alice.leave()
    assert wait_last(stranger, at_alice.full_jid, "unavailable") == [own, "unavailable"]


def test_a_new_avatar_goes_out_beneath_the_overlay(peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    mark = at_bob.presences.mark()
    at_alice.iq("set", None, f"<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE>"
                f"<BINVAL>{PIXEL}</BINVAL></PHOTO></vCard>")
    at_alice.present(status=DESK[1])
    wait_last(at_bob, at_alice.full_jid, MEETING, mark)
    peer.take(at_alice.jid)
    wait_last(at_bob, at_alice.full_jid, DESK, mark)
    update = "{vcard-temp:x:update}"
    photo = at_bob.seen(at_alice.full_jid).xml.findtext(f"{update}x/{update}photo")
    assert len(photo) == 40
    assert set(heard(at_bob, at_alice.full_jid, mark)) == {MEETING, DESK}


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
