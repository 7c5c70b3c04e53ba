"""The model of the walk, by hand-written cases."""

import pytest

from model import Model, View, overlaid, texts

ALICE, BOB = "alice@example.test", "bob@example.test"
DESK, PHONE, HOME = f"{ALICE}/desk", f"{ALICE}/phone", f"{BOB}/home"
LUNCH = View("away", texts({"": "At lunch", "de": "Mittag"}), 5)
HERE = View("available", (), 0)
IN_MEETING = texts({"": "In a meeting", "de": "In einer Besprechung"})
OUT = texts({"": "Out of office"})
MEETING = View("dnd", IN_MEETING, 5)


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
    assert model.allowed(HOME, DESK) == {MEETING}
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
    edge(model, ALICE, "busy", 10)
    assert model.allowed(HOME, DESK) == {None, HERE, View("dnd", IN_MEETING, 0)}
    model.found_gone(DESK)
    assert model.allowed(HOME, DESK) == {None}


def test_a_partial_server_does_not_tell_later_what_was_said_while_we_were_down(model):
    model.complete = False
    model.component_stops()
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) == {HERE}
    model.component_starts()
    assert model.allowed(HOME, DESK) == {HERE, LUNCH}
    edge(model, ALICE, "busy", 10)
    assert model.allowed(HOME, DESK) == {HERE, LUNCH, MEETING}
    model.present(DESK, LUNCH)
    assert model.allowed(HOME, DESK) == {MEETING}


def test_of_whom_a_partial_server_never_told_nothing_is_said(model):
    model.complete = False
    model.component_stops()
    model.present(PHONE, HERE)
    model.component_starts()
    edge(model, ALICE, "busy", 10)
    assert model.allowed(HOME, PHONE) == {HERE}


def test_who_came_while_we_were_down_may_be_shown_what_others_of_his_are(model):
    model.complete = False
    model.component_stops()
    model.gone(HOME)
    model.present(HOME, HERE)
    model.component_starts()
    edge(model, ALICE, "busy", 10)
    assert model.allowed(HOME, DESK) == {LUNCH, MEETING}
    model.present(HOME, HERE)
    assert model.allowed(HOME, DESK) == {MEETING}


def test_a_removal_counts_when_the_list_is_read_again(model):
    model.unsubscribed(ALICE, BOB, 10)
    assert model.allowed(HOME, DESK) == {None, LUNCH}
    edge(model, ALICE, "busy", 10.5)
    assert model.allowed(HOME, DESK) == {None, LUNCH, MEETING}
    edge(model, ALICE, "free", 11.5)
    assert model.allowed(HOME, DESK) == {None}


def test_who_is_added_may_be_shown_her_own_until_the_list_is_read(model):
    edge(model, ALICE, "busy", 5)
    model.unsubscribed(ALICE, BOB, 10)
    model.subscribed(ALICE, BOB, 10)
    assert model.allowed(HOME, DESK) == {LUNCH, MEETING}
    edge(model, ALICE, "oof", 12)
    assert model.allowed(HOME, DESK) == {View("away", OUT, 5)}


def test_an_edge_that_nobody_saw_is_none(model):
    model.unsubscribed(ALICE, BOB, 10)
    model.edge(ALICE, "busy", 12)
    edge(model, ALICE, "free", 12)
    assert model.allowed(HOME, DESK) == {None, LUNCH, MEETING}


def test_who_is_removed_hears_nothing_that_she_says_later(model):
    model.unsubscribed(ALICE, BOB, 10)
    edge(model, ALICE, "busy", 10)
    model.present(DESK, HERE)
    assert HERE not in model.allowed(HOME, DESK)
    assert View("dnd", IN_MEETING, 0) in model.allowed(HOME, DESK)


def test_a_login_reads_the_list(model):
    model.unsubscribed(ALICE, BOB, 10)
    model.present(PHONE, HERE)
    assert model.allowed(HOME, PHONE) == {None}
    model.gone(PHONE)
    model.gone(DESK)
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) == {None}


def test_a_clean_stop_gives_the_originals_back(model):
    edge(model, ALICE, "busy", 10)
    model.component_stops()
    assert model.allowed(HOME, DESK) == {LUNCH}


def test_who_blocks_after_a_clean_stop_keeps_the_original(model):
    edge(model, ALICE, "busy", 10)
    model.component_stops()
    model.blocked(BOB, ALICE, 20)
    assert model.allowed(HOME, DESK) == {None, LUNCH, MEETING}


def test_a_crash_leaves_what_was_out_until_she_speaks(model):
    edge(model, ALICE, "busy", 10)
    model.component_killed()
    assert model.allowed(HOME, DESK) == {MEETING}
    edge(model, ALICE, "free", 20)
    assert model.allowed(HOME, DESK) == {MEETING}
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) == {HERE}


def test_a_crash_is_repaired_at_the_next_start(model):
    edge(model, ALICE, "busy", 10)
    model.component_killed()
    edge(model, ALICE, "free", 20)
    model.component_starts()
    assert model.allowed(HOME, DESK) == {LUNCH}


def test_who_blocks_keeps_what_he_has_until_she_speaks_behind_it(model):
    model.blocked(BOB, ALICE, 10)
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) == {None, LUNCH}
    model.unblocked(BOB, ALICE, 11, [DESK, PHONE])
    assert model.allowed(HOME, DESK) == {None, LUNCH, HERE}
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) == {HERE}


def test_who_is_blocked_may_miss_that_she_left(model):
    model.blocking = model.complete = False
    model.blocked(ALICE, BOB, 10)
    edge(model, ALICE, "busy", 12)
    model.component_stops()
    model.gone(DESK)
    model.unblocked(ALICE, BOB, 13, [HOME])
    assert model.allowed(HOME, DESK) >= {None, LUNCH}


def test_who_is_removed_while_he_blocks_keeps_what_he_has(model):
    model.blocked(BOB, ALICE, 10)
    model.unsubscribed(ALICE, BOB, 11)
    edge(model, ALICE, "busy", 13)
    model.unblocked(BOB, ALICE, 14, [DESK, PHONE])
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) >= {None, LUNCH}
    model.gone(HOME)
    model.present(HOME, HERE)
    assert model.allowed(HOME, DESK) == {None}


def test_who_is_blocked_sees_nothing_once_that_is_known(model):
    model.blocked(ALICE, BOB, 10)
    assert model.allowed(HOME, DESK) == {None, LUNCH}
    edge(model, ALICE, "busy", 12)
    assert model.allowed(HOME, DESK) == {None}


def test_whom_nobody_can_know_to_be_blocked_goes_on_seeing_overlays(model):
    model.blocking = False
    model.blocked(ALICE, BOB, 10)
    edge(model, ALICE, "busy", 12)
    assert model.allowed(HOME, DESK) == {None, LUNCH, MEETING}


def test_a_server_restart_empties_all(model):
    edge(model, ALICE, "busy", 10)
    model.server_restarts()
    model.present(HOME, HERE)
    assert model.allowed(HOME, DESK) == {None}
    model.present(DESK, HERE)
    assert model.allowed(HOME, DESK) == {View("dnd", IN_MEETING, 0)}
