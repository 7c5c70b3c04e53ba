"""What meetings do to presence in component mode."""

from calendars import soon
from client import bare

MEETING = ("dnd", "In a meeting")
LATE_S = 1.5  # how late an edge may be seen with sanitizers on and three tests at a time


def watched(alice, clients):
    """Lets bob see alice's contact address; her client and his."""
    at_alice, at_bob = clients
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, "available")
    return at_alice, at_bob


def assert_on_time(presence, edge):
    assert 0 <= presence.at - edge < LATE_S, f"{presence.at - edge} s late"


def test_a_login_into_a_running_meeting_shows_it(calpresence, exchange, people, contacts):
    calpresence(gateway={"poll_interval": 3600}).run()
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-600), soon(3600))
    _, at_bob = contacts(alice, bob)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)


def test_a_meeting_starts_and_ends_on_the_second(calpresence, exchange, people, contacts):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = watched(alice, contacts(alice, bob))
    at_alice.present("away", "At lunch")
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    assert_on_time(at_bob.wait_seen(alice.contact, *MEETING), start)
    assert_on_time(at_bob.wait_seen(alice.contact, "away", "At lunch"), start + 2)


def test_why_tells_the_meeting_and_its_end(calpresence, exchange, people, contacts):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    watched(alice, contacts(alice, bob))
    end = soon(1800)
    exchange.add(alice.mailbox, soon(-600), end)
    why = daemon.wait_calendar(alice.jid, "busy")
    assert why["calendar"]["mailbox"] == alice.mailbox
    assert why["calendar"]["next_edge"] == end
    assert why["published"]["show"] == "dnd"
    assert why["published"]["status"] == "In a meeting"


def test_overlapping_meetings_are_one(calpresence, exchange, people, contacts):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    mark = at_bob.presences.mark()
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    exchange.add(alice.mailbox, start + 1, start + 3)
    exchange.add(alice.mailbox, start + 3, start + 4)
    at_bob.wait_seen(alice.contact, *MEETING)
    assert_on_time(at_bob.wait_seen(alice.contact, "available"), start + 4)
    seen = [p for p in at_bob.presences.items(mark) if bare(p.sender) == alice.contact]
    assert [p.show for p in seen] == ["dnd", "available"]


def test_out_of_office_wins_over_a_meeting(calpresence, exchange, people, contacts):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 3600)
    exchange.add(alice.mailbox, start + 2, start + 4, "OOF")
    at_bob.wait_seen(alice.contact, *MEETING)
    assert_on_time(at_bob.wait_seen(alice.contact, "away", "Out of office"), start + 2)
    assert_on_time(at_bob.wait_seen(alice.contact, *MEETING), start + 4)


def test_tentative_and_free_change_nothing(calpresence, exchange, people, contacts):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    exchange.add(alice.mailbox, soon(-60), soon(3600), "Free")
    exchange.add(alice.mailbox, soon(-60), soon(3600), "Tentative")
    daemon.wait_calendar(alice.jid, "tentative")
    at_bob.settle(alice.contact)
    assert [p.show for p in at_bob.seen(alice.contact).values()] == ["available"]


def test_a_cancelled_meeting_ends(calpresence, exchange, people, contacts):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = watched(alice, contacts(alice, bob))
    at_alice.present(status="Here")
    meeting = exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)
    exchange.cancel(meeting)
    at_bob.wait_seen(alice.contact, "available", "Here")


def test_a_meeting_cancelled_between_two_polls_is_never_seen(
    calpresence, exchange, people, contacts
):
    daemon = calpresence(gateway={"poll_interval": 2}).run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    before = daemon.wait_calendar(alice.jid, "free")["calendar"]["read_at"]
    mark = at_bob.presences.mark()
    exchange.cancel(exchange.add(alice.mailbox, soon(-60), soon(3600)))
    daemon.wait_why(
        alice.jid, lambda why: why["calendar"]["read_at"] > before + 1, "a later reading"
    )
    at_bob.settle(alice.contact)
    assert "dnd" not in [p.show for p in at_bob.presences.items(mark)]


def test_her_own_changes_during_a_meeting(calpresence, exchange, people, contacts):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = watched(alice, contacts(alice, bob))
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 4)
    at_bob.wait_seen(alice.contact, *MEETING)
    at_alice.present("dnd", "Do not even try")
    at_bob.wait_seen(alice.contact, "dnd", "Do not even try")
    at_alice.present("xa", "Gone")
    at_bob.wait_seen(alice.contact, *MEETING)
    assert_on_time(at_bob.wait_seen(alice.contact, "xa", "Gone"), start + 4)


def test_several_clients_become_one(calpresence, people, contacts, login):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = watched(alice, contacts(alice, bob))
    at_alice.present("away", "At the desk", 1)
    at_phone = login(alice, "phone").present(None, "On the phone", 5)
    at_bob.wait_seen(alice.contact, "available", "On the phone")
    at_phone.close()
    at_bob.wait_seen(alice.contact, "away", "At the desk")
    at_alice.close()
    at_bob.wait_seen(alice.contact, "unavailable")


def test_offline_stays_offline_in_a_meeting(calpresence, exchange, people, contacts):
    calpresence().run()
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_alice, at_bob = contacts(alice, bob)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)
    at_alice.close()
    at_bob.wait_seen(alice.contact, "unavailable")


def test_by_option_a_meeting_shows_while_offline(calpresence, exchange, people, contacts):
    calpresence(publish={"offline": "overlay"}).run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = watched(alice, contacts(alice, bob))
    at_alice.close()
    at_bob.wait_seen(alice.contact, "unavailable")
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    at_bob.wait_seen(alice.contact, *MEETING)
    assert_on_time(at_bob.wait_seen(alice.contact, "unavailable"), start + 2)
