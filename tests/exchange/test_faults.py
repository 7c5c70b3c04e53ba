"""Log-on, the rest of HTTP, and the faults that are played on order."""

import http.client
import socket
import ssl
import time
import urllib.parse
from contextlib import closing

import pytest
from lxml import etree
from soap_client import (DAY, E, PASSWORD, T, USER, ask, connect, credentials, envelope, post,
                         request)

from exchange import CommandError


def test_only_the_right_credentials_are_let_in_and_wrong_ones_are_counted(exchange):
    before = exchange.stats()
    body = request(["alice@example.com"])
    for header in (None, "Negotiate abc"):
        answer = post(exchange, body, Authorization=header)
        assert answer.status == 401
        methods = answer.headers.get_all("WWW-Authenticate")
        assert {method.split()[0] for method in methods} == {"Basic", "Negotiate", "NTLM"}
    for user, password in ((USER, "wrong"), (USER, ""), ("svc-presence", PASSWORD)):
        assert post(exchange, body, Authorization=credentials(user, password)).status == 401
    assert post(exchange, body, Authorization=credentials("example\\SVC-presence")).status == 200
    after = exchange.stats()
    assert after["logon_failures"] - before["logon_failures"] == 3
    assert after["challenges"] - before["challenges"] == 2


def test_the_password_can_be_changed(exchange):
    body = request(["alice@example.com"])
    exchange.password("a new: one")
    assert post(exchange, body).status == 401
    assert post(exchange, body, Authorization=credentials(password="a new: one")).status == 200
    exchange.password(PASSWORD)
    assert post(exchange, body).status == 200


def test_https_is_served_with_a_certificate_of_the_private_ca(exchange):
    exchange.add("alice@example.com", f"{DAY}T01:00:00", "+1h")
    with closing(connect(exchange, tls=True)) as connection:
        for _ in range(3):
            answer = post(exchange, request(["alice@example.com"]), connection)
            assert len(answer.events()) == 1
    with pytest.raises(ssl.SSLError):
        port = urllib.parse.urlsplit(exchange.https_url).port
        with socket.create_connection(("127.0.0.1", port)) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")


def test_a_browser_sees_the_page_of_the_service(exchange):
    with closing(connect(exchange)) as connection:
        connection.request("GET", "/ews/exchange.asmx", headers={"Authorization": credentials()})
        response = connection.getresponse()
        assert response.status == 200
        assert b"You have created a service" in response.read()


def test_other_paths_methods_and_types_are_refused(exchange):
    assert post(exchange, "a=b", Content_Type="application/x-www-form-urlencoded").status == 415
    with closing(connect(exchange)) as connection:
        connection.request("GET", "/owa/", headers={"Authorization": credentials()})
        assert connection.getresponse().status == 404


@pytest.mark.parametrize("kind, status", [
    ("401", 401), ("403", 403), ("404", 404), ("429", 429), ("503", 503), ("440", 440),
    ("html-200", 200), ("302-logon", 302), ("302-error", 302), ("asp-500", 500),
    ("random-500-empty", 500), ("server-busy", 500), ("internal-error", 500), ("fault", 500),
    ("garbage", 200),
    ("wrong-count", 200), ("invalid-chars", 200), ("billion-laughs", 200), ("slow", 200),
])
def test_a_fault_is_played_as_often_as_it_was_ordered(exchange, kind, status):
    before = exchange.stats()["faults"]
    exchange.fault(kind, count=2, delay=1 if kind == "slow" else None)
    for _ in range(2):
        assert ask(exchange, "alice@example.com").status == status
    assert exchange.stats()["faults"] == before + 2
    answer = ask(exchange, "alice@example.com")
    assert answer.status == 200 and answer.codes() == ["NoError"]


def test_server_busy_names_the_pause(exchange):
    for backoff in ("297749", "-1", "soon"):
        exchange.fault("server-busy", backoff=backoff)
        answer = ask(exchange, "alice@example.com")
        assert answer.fault == "ErrorServerBusy"
        assert answer.xml.findtext(f".//{E}ResponseCode") == "ErrorServerBusy"
        value = answer.xml.find(f".//{T}MessageXml/{T}Value")
        assert (value.get("Name"), value.text) == ("BackOffMilliseconds", backoff)


def test_a_fault_may_have_any_code(exchange):
    exchange.fault("fault", code="ErrorMailboxStoreUnavailable")
    assert ask(exchange, "alice@example.com").fault == "ErrorMailboxStoreUnavailable"


def test_retry_after_is_what_was_ordered(exchange):
    for kind, text in (("503", "120"), ("429", "Sat, 21 Nov 2026 10:00:00 GMT")):
        exchange.fault(kind, retry_after=text)
        assert ask(exchange, "alice@example.com").headers["Retry-After"] == text
    exchange.fault("503", retry_after="")
    assert ask(exchange, "alice@example.com").headers["Retry-After"] is None


def test_a_redirect_leads_where_it_was_ordered_to(exchange):
    locations = ("/a?b", "../c", "?d", "//e/f", "https://u:p@g/#h", "https://", "i j")
    for status in ("301", "307"):
        for location in locations:
            exchange.fault(status, location=location)
            assert ask(exchange, "alice@example.com").headers["Location"] == location
    for kind, part in (("302-logon", "https://"), ("302-error", "/ews/genericerrorpage")):
        exchange.fault(kind)
        location = ask(exchange, "alice@example.com").headers["Location"]
        assert location.startswith(part)


def test_a_fault_may_be_for_one_mailbox(exchange):
    exchange.fault("503", mailbox="Alice@example.com")
    assert ask(exchange, "bob@example.com").status == 200
    assert ask(exchange, "bob@example.com", "alice@example.com").status == 503
    assert ask(exchange, "alice@example.com").status == 200


def test_a_fault_may_be_for_one_operation(exchange):
    exchange.fault("503", operation="GetUserAvailability")
    assert post(exchange, envelope("<m:GetRoomLists/>")).status == 500
    assert ask(exchange, "alice@example.com").status == 503
    with pytest.raises(CommandError, match="operation="):
        exchange.fault("503", operation="GetRoomLists")


def test_faults_last_until_they_are_cleared(exchange):
    exchange.fault("503", count=-1)
    assert {ask(exchange, "alice@example.com").status for _ in range(5)} == {503}
    exchange.no_faults()
    assert ask(exchange, "alice@example.com").status == 200


def test_a_wrong_count_is_one_answer_less(exchange):
    exchange.fault("wrong-count")
    assert len(ask(exchange, "a@example.com", "b@example.com").mailboxes) == 1


def test_hostile_answers_are_hostile(exchange):
    exchange.mailbox("alice@example.com")
    exchange.fault("invalid-chars")
    answer = ask(exchange, "alice@example.com")
    assert b"&#x0;" in answer.body
    with pytest.raises(etree.XMLSyntaxError):
        _ = answer.xml
    exchange.fault("billion-laughs")
    assert b"<!DOCTYPE" in ask(exchange, "alice@example.com").body


@pytest.mark.parametrize("tls", [False, True])
def test_a_cut_body_ends_in_the_middle(exchange, tls):
    exchange.fault("cut-body")
    reads = exchange.stats("alice@example.com")["mailbox"]["reads"]
    with closing(connect(exchange, tls)) as connection:
        with pytest.raises((http.client.IncompleteRead, ssl.SSLError)):
            post(exchange, request(["alice@example.com"]), connection)
    exchange.wait(ended=exchange.stats()["requests"])
    assert exchange.stats("alice@example.com")["mailbox"]["reads"] == reads


@pytest.mark.parametrize("tls", [False, True])
def test_a_slow_body_drips_but_is_whole(exchange, tls):
    exchange.fault("slow-body", delay=5, bytes=100)
    started = time.monotonic()
    with closing(connect(exchange, tls)) as connection:
        answer = post(exchange, request(["alice@example.com"]), connection)
    assert answer.codes() == ["NoError"]
    assert time.monotonic() - started >= 0.005 * (len(answer.body) // 100 - 1)


def test_an_oversized_body_is_as_long_as_ordered(exchange):
    exchange.fault("oversized", bytes=3000000)
    assert len(ask(exchange, "alice@example.com").body) == 3000000


def test_gzip_may_be_declared_and_not_true(exchange):
    exchange.fault("gzip-declared")
    answer = ask(exchange, "alice@example.com")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.body.startswith(b"<?xml")


def test_a_dropped_request_gets_no_answer(exchange):
    exchange.fault("drop")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(exchange, "alice@example.com")


def test_a_hanging_request_keeps_nobody_else_waiting(exchange):
    exchange.fault("hang")
    before = exchange.stats()
    hanging = connect(exchange, tls=True)
    hanging.request("POST", "/EWS/Exchange.asmx", request(["alice@example.com"]),
                    {"Content-Type": "text/xml", "Authorization": credentials()})
    exchange.wait(faults=before["faults"] + 1)
    assert ask(exchange, "alice@example.com").codes() == ["NoError"]
    assert exchange.stats()["in_flight"] == 1
    assert exchange.stats()["max_in_flight"] >= 2
    hanging.close()
    exchange.wait(ended=before["ended"] + 2)
