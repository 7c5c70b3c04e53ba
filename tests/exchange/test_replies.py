"""GetUserOofSettings and GetMailTips."""

import pytest
from soap_client import M, T, envelope, impersonating, post

ALICE, BOB = "alice@example.com", "bob@example.com"


@pytest.fixture(name="people")
def make_people(exchange):
    exchange.mailbox(ALICE)
    exchange.mailbox(BOB)
    return exchange


def settings(exchange, mailbox, name=None):
    body = envelope("<m:GetUserOofSettingsRequest><t:Mailbox>"
                    f"<t:Address>{mailbox}</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>")
    return post(exchange, impersonating(body, name) if name else body)


def tips(exchange, *recipients):
    inside = "".join(f"<t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox>"
                     for one in recipients)
    return post(exchange, envelope(
        f"<m:GetMailTips><m:SendingAs><t:EmailAddress>{ALICE}</t:EmailAddress></m:SendingAs>"
        f"<m:Recipients>{inside}</m:Recipients>"
        "<m:MailTipsRequested>OutOfOfficeMessage</m:MailTipsRequested></m:GetMailTips>"))


def messages(answer):
    return [each.text for each in answer.xml.iter(f"{T}Message")]


def test_the_owner_alone_is_told_of_settings(people):
    people.oof(ALICE, "Scheduled", "2026-11-21T10:00:00Z", "+1h")
    answer = settings(people, ALICE, ALICE)
    assert answer.codes() == ["NoError"]
    assert answer.xml.findtext(f".//{T}OofState") == "Scheduled"
    assert answer.xml.findtext(f".//{T}Duration/{T}EndTime") == "2026-11-21T11:00:00"
    for other in (None, BOB):
        refused = settings(people, ALICE, other)
        assert (refused.status, refused.fault) == (500, "Client")
        assert "AccessDeniedException" in refused.xml.findtext(".//faultstring")


def test_settings_that_are_off_have_a_duration(people):
    answer = settings(people, BOB, BOB)
    assert answer.xml.findtext(f".//{T}OofState") == "Disabled"
    assert answer.xml.find(f".//{T}Duration") is not None


def test_tips_tell_of_many_who_replies_now(people):
    people.oof(ALICE, "Enabled")
    people.oof(BOB, "Scheduled", "now-1h", "+2h")
    answer = tips(people, ALICE, BOB, "nobody@example.com")
    assert [bool(text) for text in messages(answer)] == [True, True]
    assert len(list(answer.xml.iter(f"{T}Duration"))) == 1
    assert answer.codes() == ["NoError", "NoError", "NoError", "ErrorMailRecipientNotFound"]
    people.oof(ALICE, "Disabled")
    people.oof(BOB, "Scheduled", "now+1h", "+2h")
    assert messages(tips(people, ALICE, BOB)) == [None, None]


def test_tips_are_for_fifty_at_most(people):
    assert len(messages(tips(people, *[ALICE] * 50))) == 50
    assert tips(people, *[ALICE] * 51).fault == "ErrorInvalidRequest"


def test_errors_are_the_mailboxes(people):
    people.mailbox(BOB, error="ErrorMailboxStoreUnavailable")
    assert "ErrorMailboxStoreUnavailable" in settings(people, BOB, BOB).codes()
    assert tips(people, ALICE, BOB).codes()[1:] == ["NoError", "ErrorMailboxStoreUnavailable"]
    assert [each.get("ResponseClass")
            for each in tips(people, BOB).xml.iter(f"{M}MailTipsResponseMessageType")] == ["Error"]
