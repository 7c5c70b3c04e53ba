"""What the service grants: budgets, sizes and versions by order."""

import threading

import pytest
from soap_client import DAY, E, T, impersonating, post, request

from exchange import CommandError

ALICE = "alice@example.com"


@pytest.fixture(autouse=True)
def no_policy(exchange):
    yield
    exchange.policy()
    exchange.mailbox(ALICE, legacy=0, version="V2017_07_11")


def values(answer):
    """The named values of a fault's MessageXml."""
    return {value.get("Name"): value.text for value in answer.xml.iter(f"{T}Value")}


def in_version(name):
    return request([ALICE]).replace('"Exchange2013"', f'"{name}"')


def test_one_request_too_many_is_refused_without_a_back_off(exchange):
    exchange.policy(concurrent=2, takes=6000)
    before = exchange.stats()
    answers = []
    asking = [threading.Thread(target=lambda: answers.append(post(exchange, request([ALICE]))))
              for _ in range(2)]
    for thread in asking:
        thread.start()
    exchange.wait(in_flight=2)
    refused = post(exchange, request([ALICE]))
    assert refused.status == 500 and refused.fault == "ErrorExceededConnectionCount"
    assert values(refused)["MaxConcurrencyLimit"] == "2"
    assert "BackOffMilliseconds" not in values(refused)
    for thread in asking:
        thread.join()
    assert [answer.status for answer in answers] == [200, 200]
    assert exchange.stats()["throttled"] - before["throttled"] == 1
    assert post(exchange, request([ALICE])).status == 200


def test_an_overdrawn_budget_refuses_until_it_is_balanced(exchange):
    # A burst of 0.2 s and as much of a cutoff, which recharge in a second each.
    exchange.policy(burst=200, cutoff=200, recharge=720000, takes=300)
    assert post(exchange, request([ALICE])).status == 200
    assert post(exchange, request([ALICE])).status == 200
    refused = post(exchange, request([ALICE]))
    assert refused.fault == "ErrorServerBusy"
    assert refused.xml.find(f".//{E}ResponseCode").text == "ErrorServerBusy"
    assert 500 < int(values(refused)["BackOffMilliseconds"]) < 3000
    exchange.policy(takes=0)
    assert post(exchange, request([ALICE])).status == 200


def test_a_budget_is_that_of_the_mailbox_in_whose_name_it_is(exchange):
    exchange.policy(burst=200, cutoff=200, recharge=36000, takes=500)
    exchange.mailbox("bob@example.com")
    alice, bob = (impersonating(request([ALICE]), n) for n in (ALICE, "bob@example.com"))
    assert post(exchange, alice).status == 200
    assert post(exchange, alice).fault == "ErrorServerBusy"
    assert post(exchange, bob).status == 200
    assert post(exchange, request([ALICE])).status == 200


def test_a_request_takes_its_time_and_is_given_up_when_it_is_too_long(exchange):
    exchange.policy(takes=10, each=100, limit=150)
    assert post(exchange, request([ALICE])).status == 200
    assert post(exchange, request([ALICE] * 3)).fault == "ErrorTimeoutExpired"


def test_the_size_of_a_request_has_limits(exchange):
    exchange.policy(mailboxes=3)
    assert post(exchange, request([ALICE] * 3)).status == 200
    assert post(exchange, request([ALICE] * 4)).fault == "ErrorMailboxDataArrayTooBig"
    exchange.policy(bytes=2000)
    assert post(exchange, request([ALICE])).status == 200
    assert post(exchange, request([ALICE] * 20)).status == 413


@pytest.mark.parametrize("newest, code", [
    ("Exchange2010_SP1", "ErrorInvalidServerVersion"),
    ("Exchange2007_SP1", "ErrorSchemaValidation"),
])
def test_newer_versions_are_refused(exchange, newest, code):
    exchange.policy(newest=newest)
    assert post(exchange, in_version("Exchange2013")).fault == code
    assert post(exchange, in_version("Exchange2010_SP2")).fault == code
    assert post(exchange, in_version(newest)).status == 200


def test_versions_that_are_too_old_are_refused(exchange):
    exchange.policy(oldest="Exchange2010")
    assert post(exchange, in_version("Exchange2007_SP1")).fault == "ErrorInvalidServerVersion"
    assert post(exchange, in_version("Exchange2010")).status == 200


def test_a_mailbox_may_be_of_an_older_server(exchange):
    exchange.mailbox(ALICE, version="Exchange2010_SP1")
    exchange.add("bob@example.com", f"{DAY}T01:00:00", "+1h")
    answer = post(exchange, request([ALICE, "bob@example.com"]))
    assert answer.codes() == ["ErrorInvalidSchemaVersionForMailboxVersion", "NoError"]
    assert post(exchange, in_version("Exchange2010_SP1")).codes() == ["NoError"]


def test_a_legacy_mailbox_has_digits_only(exchange):
    exchange.mailbox(ALICE, legacy=1)
    assert post(exchange, request([ALICE])).codes() == [
        "ErrorLegacyMailboxFreeBusyViewTypeNotMerged"]
    answer = post(exchange, request([ALICE], view="MergedOnly"))
    assert answer.codes() == ["NoError"]
    assert answer.views() == ["MergedOnly"]


def test_wrong_orders_are_refused(exchange):
    for order in ({"concurrent": 0}, {"burst": 5}, {"newest": "Exchange3000"}):
        with pytest.raises(CommandError):
            exchange.policy(**order)
