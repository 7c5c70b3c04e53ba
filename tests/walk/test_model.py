"""The model of the walk, by hand-written cases."""

import pytest

from model import Model, View, aggregates, overlaid, texts

ALICE, BOB = "alice@example.test", "bob@example.test"
DESK, PHONE, HOME = f"{ALICE}/desk", f"{ALICE}/phone", f"{BOB}/home"
LUNCH = View("away", texts({"": "At lunch", "de": "Mittag"}), 5)
HERE = View("available", (), 0)
IN_MEETING = texts({"": "In a meeting", "de": "In einer Besprechung"})
OUT = texts({"": "Out of office"})
MEETING = View("dnd", IN_MEETING, 5)


@pytest.fixture(params=[True, False], ids=["tells the unblocked", "does not"])
def model(request):
    """bob sees alice; both are online."""
    one = Model([ALICE, BOB], request.param)
    one.subscribed(ALICE, BOB)
    one.present(HOME, HERE)
    one.present(DESK, LUNCH)
    return one


@pytest.mark.parametrize(
    "own, calendar, show, statuses",
    [
        ("available", "busy", "dnd", IN_MEETING),
        ("chat", "oof", "away", OUT),
        ("away", "busy", "dnd", IN_MEETING),
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
    model.lay(ALICE, "busy")
    assert model.allowed(HOME, DESK) == {MEETING}
    model.lay(ALICE, "free")
    assert model.allowed(HOME, DESK) == {LUNCH}


def test_her_own_clients_see_what_she_said(model):
    model.present(PHONE, HERE)
    model.lay(ALICE, "busy")
    assert model.allowed(PHONE, DESK) == {LUNCH}


def test_strangers_see_nothing_and_who_is_gone_is_not_there(model):
    assert model.allowed(DESK, HOME) == {None}
    model.gone(DESK)
    assert model.allowed(HOME, DESK) == {None}


def test_a_block_hides_her_both_ways(model):
    model.subscribed(BOB, ALICE)
    model.blocked(BOB, ALICE, lambda client, full: None)
    assert model.allowed(HOME, DESK) == {None}
    assert model.allowed(DESK, HOME) == {None}


def test_who_is_unblocked_sees_her_with_her_next_word(model):
    model.blocked(ALICE, BOB, lambda client, full: None)
    model.unblocked(ALICE, BOB)
    assert model.allowed(HOME, DESK) == {LUNCH} | (set() if model.tells_unblocked else {None})
    model.present(DESK, LUNCH)
    assert model.allowed(HOME, DESK) == {LUNCH}


def test_who_is_unblocked_sees_her_at_the_next_edge(model):
    model.blocked(ALICE, BOB, lambda client, full: None)
    model.unblocked(ALICE, BOB)
    model.lay(ALICE, "tentative")
    assert LUNCH in model.allowed(HOME, DESK)
    model.lay(ALICE, "busy")
    assert model.allowed(HOME, DESK) == {MEETING}


def test_what_is_seen_of_several_clients():
    assert aggregates([], "busy") == {None}
    assert aggregates([View("available", (), -1)], "busy") == {None}
    assert aggregates([View("chat", (), 0), LUNCH], "free") == {View("away", LUNCH.statuses, 0)}
    assert aggregates([View("chat", (), 0), LUNCH], "busy") == {View("dnd", IN_MEETING, 0)}
    assert aggregates([View("chat", (), 5), LUNCH], "free") == {View("chat", (), 0)}


def test_of_equals_any_may_have_spoken_last():
    views = [View("away", OUT, 5), View("away", (), 5)]
    assert aggregates(views, "free") == {View("away", OUT, 0), View("away", (), 0)}
