"""The model of the walk, by hand-written cases."""

import pytest

from model import ANYTHING, Model, View, overlaid, texts

ALICE, BOB = "alice@example.test", "bob@example.test"
DESK, PHONE, HOME = f"{ALICE}/desk", f"{ALICE}/phone", f"{BOB}/home"
LUNCH = View("away", texts({"": "At lunch", "de": "Mittag"}), 5)
HERE = View("available", (), 0)
IN_MEETING = texts({"": "In a meeting", "de": "In einer Besprechung"})
OUT = texts({"": "Out of office"})


@pytest.fixture
def model():
    """bob sees alice; both are online, the component runs."""
    one = Model([ALICE, BOB])
    one.sees.add((ALICE, BOB))
    one.component_starts()
    one.present(HOME, HERE)
    one.present(DESK, LUNCH)
    return one


def edge(model, *change):
    model.edge(*change)
    model.settled(roster_max_age=1)


@pytest.mark.parametrize(
    "own, calendar, show, statuses",
    [
        ("available", "busy", "dnd", IN_MEETING),
        ("chat", "oof", "away", OUT),
        ("away", "busy", "dnd", IN_MEETING),
        ("away", "oof", "away", OUT),
        ("xa", "busy", "dnd", IN_MEETING),
        ("xa", "oof", "xa", OUT),
        ("dnd", "busy", "dnd", ()),
        ("dnd", "oof", "dnd", ()),
        ("chat", "tentative", "chat", ()),
        ("xa", "free", "xa", ()),
    ],
)
def test_the_table(own, calendar, show, statuses):
    assert overlaid(View(own, (), -1), calendar) == View(show, statuses, -1)


def test_a_meeting_comes_and_goes(model):
    assert model.allowed(HOME, DESK) == {LUNCH}
    edge(model, ALICE, "busy", 10)
    assert model.allowed(HOME, DESK) == {View("dnd", IN_MEETING, 5)}
    edge(model, ALICE, "free", 20)
    assert model.allowed(HOME, DESK) == {LUNCH}


def test_her_own_clients_see_what_she_said(model):
    model.present(PHONE, HERE)
    edge(model, ALICE, "busy", 10)
    assert model.allowed(PHONE, DESK) == {LUNCH}


def test_strangers_see_nothing(model):
    assert model.allowed(DESK, HOME) == {None}


def test_who_is_gone_is_not_there(model):
    edge(model, ALICE, "busy", 10)
    model.gone(DESK)
    assert model.allowed(HOME, DESK) == {None}


def test_a_silent_end_may_leave_a_ghost_on_a_partial_server_only(model):
    model.gone(DESK, silently=True)
    assert model.allowed(HOME, DESK) == {None}
    model.complete = False
    model.present(DESK, HERE)
    model.gone(DESK, silently=True)
    assert model.allowed(HOME, DESK) is ANYTHING
    model.found_gone(DESK)
    assert model.allowed(HOME, DESK) == {None}


def test_a_partial_server_does_not_tell_later_what_was_said_while_we_were_down(model):
    model.complete = False
    model.component_stops()
    model.present(DESK, HERE)
    model.component_starts()
    assert model.allowed(HOME, DESK) is ANYTHING
    model.present(DESK, LUNCH)
    assert model.allowed(HOME, DESK) == {LUNCH}


def test_a_removal_counts_when_the_list_is_read_again(model):
    model.unsubscribed(ALICE, BOB, 10)
    assert model.allowed(HOME, DESK) is ANYTHING
    edge(model, ALICE, "busy", 10.5)
    assert model.allowed(HOME, DESK) is ANYTHING
    edge(model, ALICE, "free", 11.5)
    assert model.allowed(HOME, DESK) == {None}


def test_an_edge_that_nobody_saw_is_none(model):
    model.unsubscribed(ALICE, BOB, 10)
    model.edge(ALICE, "busy", 12)
    edge(model, ALICE, "free", 12)
    assert model.allowed(HOME, DESK) is ANYTHING


def test_a_login_reads_the_list(model):
    model.unsubscribed(ALICE, BOB, 10)
    model.present(PHONE, HERE)
    assert model.allowed(HOME, PHONE) is ANYTHING
    model.gone(PHONE)
    model.gone(DESK)
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) == {None}


def test_a_clean_stop_gives_the_originals_back(model):
    edge(model, ALICE, "busy", 10)
    model.component_stops()
    assert model.allowed(HOME, DESK) == {LUNCH}


def test_a_crash_leaves_what_was_out_until_she_speaks(model):
    edge(model, ALICE, "busy", 10)
    model.component_killed()
    assert model.allowed(HOME, DESK) == {View("dnd", IN_MEETING, 5)}
    edge(model, ALICE, "free", 20)
    assert model.allowed(HOME, DESK) == {View("dnd", IN_MEETING, 5)}
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) == {HERE}


def test_a_crash_is_repaired_at_the_next_start(model):
    edge(model, ALICE, "busy", 10)
    model.component_killed()
    edge(model, ALICE, "free", 20)
    model.component_starts()
    assert model.allowed(HOME, DESK) == {LUNCH}


def test_who_blocks_is_deaf_until_she_speaks_again(model):
    model.blocked(BOB, ALICE, 10)
    assert model.allowed(HOME, DESK) is ANYTHING
    model.unblocked(BOB, ALICE, 11, [DESK, PHONE])
    assert model.allowed(HOME, DESK) is ANYTHING
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) == {HERE}


def test_who_is_blocked_sees_nothing_once_that_is_known(model):
    model.blocked(ALICE, BOB, 10)
    assert model.allowed(HOME, DESK) is ANYTHING
    edge(model, ALICE, "busy", 12)
    assert model.allowed(HOME, DESK) == {None}


def test_a_server_restart_empties_all(model):
    edge(model, ALICE, "busy", 10)
    model.server_restarts()
    model.present(HOME, HERE)
    assert model.allowed(HOME, DESK) == {None}
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) == {View("dnd", IN_MEETING, 0)}
