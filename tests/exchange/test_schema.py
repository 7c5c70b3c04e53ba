"""Microsoft's schema agrees with all that the simulator says and lets pass."""

import pytest
from lxml import etree
from soap_client import BERLIN, DAY, S, SHARED, UTC, XSD, post, request

CORPUS = SHARED / "ews" / "corpus"

needs_shared = pytest.mark.skipif(not XSD.is_dir(), reason=f"no {XSD}")


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(str(XSD / "exchange2016" / "ews-body.xsd")))


def body_of(text):
    return etree.fromstring(text).find(f"{S}Body")[0]


@needs_shared
def test_every_answer_and_every_request_is_valid(exchange, schema):
    """All views, errors, zones and states, checked apart from the simulator's own check."""
    for i, busy in enumerate(("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData")):
        exchange.add("alice@example.com", f"{DAY}T0{i}:00:00", "+1h", busy,
                     subject="\u2603 <&>\x01", location="Room", private=i % 2)
    rows = [row.split("\t") for row in (SHARED / "ews" / "codes.tsv").read_text().splitlines()]
    codes = [row[0] for row in rows if row[0].startswith("Error") and row[-1] == "yes"][:97]
    for code in codes:
        exchange.mailbox(f"{code}@example.com", error=code)
    addresses = ["alice@example.com", "nobody@example.com", "no-at-sign"]
    addresses += [f"{code}@example.com" for code in codes]
    for view in ("MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"):
        for zone in (UTC, BERLIN):
            sent = request(addresses, view=view, zone=zone)
            schema.assertValid(body_of(sent.encode()))
            answer = post(exchange, sent)
            schema.assertValid(body_of(answer.body))
            assert answer.codes()[3:] == codes


@needs_shared
def test_the_simulator_notices_what_its_reader_would_let_pass(exchange):
    sent = request(["alice@example.com"]).replace("<t:Bias>0</t:Bias>", "<t:Bias>+0.0</t:Bias>")
    assert post(exchange, sent).fault == "ErrorSchemaValidation"
    assert "Bias" in exchange.stats()["last_error"]


def corpus_requests():
    index = CORPUS / "INDEX.tsv"
    if not index.exists():
        return []
    rows = [line.split("\t") for line in index.read_text(encoding="utf-8").splitlines()]
    return [row[0] for row in rows if row[1] == "GetUserAvailabilityRequest"]


@needs_shared
@pytest.mark.parametrize("name", corpus_requests())
def test_requests_of_the_corpus_are_answered_as_the_schema_judges_them(exchange, schema, name):
    sent = (CORPUS / name).read_bytes()
    valid = schema.validate(body_of(sent))
    answer = post(exchange, sent)
    if valid:
        assert answer.status == 200
        assert set(answer.codes()) <= {"ErrorMailRecipientNotFound", "NoError"}
        schema.assertValid(body_of(answer.body))
    else:
        assert answer.fault == "ErrorSchemaValidation"
