"""What is taken for a mistake of the component's beliefs, and what is not."""

from types import SimpleNamespace

import pytest

from belief import Belief
from model import Model, View, texts

ALICE, BOB = "alice@example.test", "bob@example.test"
DESK, HOME = f"{ALICE}/desk", f"{BOB}/home"
OWN = View("away", texts({"": "At lunch", "de": "Mittag"}), 5)
HERE = View("available", (), 0)
MEETING = View("dnd", texts({"": "In a meeting"}), 5)
OWN_XML = (
    "<show>away</show><status>At lunch</status><status xml:lang='de'>Mittag</status>"
    "<priority>5</priority>"
)
MEETING_XML = "<show>dnd</show><status>In a meeting</status><priority>5</priority>"


@pytest.fixture
def model():
    """bob sees alice; both are online."""
    one = Model([ALICE, BOB])
    one.sees.add((ALICE, BOB))
    one.component_starts()
    one.present(HOME, HERE)
    one.present(DESK, OWN)
    return one


def believe(model, *told, own_xml=OWN_XML):
    """told: of `why` of her desk."""
    desk = {
        "resource": "desk",
        "own_xml": own_xml,
        "overlay_xml": MEETING_XML,
        "told": [{"contact": contact, "sees": sees} for contact, sees in told],
    }
    home = {"resource": "home", "own_xml": "", "overlay_xml": None, "told": []}
    why = {ALICE: {"resources": [desk]}, BOB: {"resources": [home]}}
    daemon = SimpleNamespace(why=why.get)
    return Belief(SimpleNamespace(model=model, world=SimpleNamespace(daemon=daemon)))


def test_who_was_told_something_is_believed_to_hold_that(model):
    assert believe(model, (BOB, "overlay")).of(HOME, DESK) == {MEETING}
    assert believe(model, (BOB, "own")).of(HOME, DESK) == {OWN}


def test_for_who_was_told_nothing_the_servers_word_counts(model):
    assert believe(model).of(HOME, DESK) == {OWN}
    assert believe(model).of(DESK, HOME) == {None}


def test_where_the_server_spoke_behind_our_back_its_word_counts_too(model):
    model.complete = False
    model.component_stops()
    model.present(DESK, HERE)
    model.component_starts()
    assert believe(model, (BOB, "overlay")).of(HOME, DESK) == {MEETING, HERE}


def test_people_are_as_they_were_heard(model):
    assert not list(believe(model).mistakes())
    wrong = believe(model, own_xml="<show>xa</show>").mistakes()
    assert [text.partition(" ")[0] for text in wrong] == [DESK]


def test_that_somebody_is_gone_may_be_known_or_not_yet(model):
    model.complete = False
    model.gone(DESK, silently=True)
    assert not list(believe(model).mistakes())
    model.found_gone(DESK)
    assert len(list(believe(model).mistakes())) == 1


def test_what_others_receive_may_be_known_or_not(model):
    model.complete, model.overhears = False, True
    model.component_killed()
    model.gone(DESK)
    model.found_gone(DESK)
    model.present(DESK, OWN)
    model.component_starts()
    assert model.may_be_heard(DESK) == {None, OWN}
    assert model.allowed(HOME, DESK) == {OWN}
    assert not list(believe(model).mistakes())
    model.gone(DESK, silently=True)
    assert model.ghosts() == [DESK]
    assert model.allowed(HOME, DESK) == {None, OWN}
    assert not list(believe(model).mistakes())
    model.found_gone(DESK)
    assert len(list(believe(model).mistakes())) == 1
