"""What a client of the service says and hears: requests, posting them, reading answers."""

import base64
import http.client
import os
import pathlib
import ssl
import sys
import urllib.parse

from lxml import etree

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
SHARED = pathlib.Path(os.environ.get("CALPRESENCE_SHARED", REPOSITORY.parent / "shared"))
XSD = SHARED / "ews" / "xsd"
sys.path.insert(0, str(HERE.parent / "e2e"))  # exchange.py is there

S = "{http://schemas.xmlsoap.org/soap/envelope/}"
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
E = "{http://schemas.microsoft.com/exchange/services/2006/errors}"
USER, PASSWORD = "EXAMPLE\\svc-presence", "secret"
DAY = "2026-11-21"
UTC = ("0", "0", "0")  # the biases of a zone, of its standard and of its daylight time
BERLIN = ("-60", "0", "-60")


class Answer:
    """An HTTP answer to a request for free/busy."""

    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def xml(self):
        return etree.fromstring(self.body)

    @property
    def fault(self):
        """The local name of the fault code, None where there is no fault."""
        code = self.xml.find(f".//{S}Fault/faultcode")
        return None if code is None else code.text.partition(":")[2]

    @property
    def mailboxes(self):
        return self.xml.findall(f".//{M}FreeBusyResponse")

    def codes(self):
        return [code.text for code in self.xml.iter(f"{M}ResponseCode")]

    def views(self):
        return [view.text for view in self.xml.iter(f"{T}FreeBusyViewType")]

    def events(self, mailbox=0):
        """(start, end, busy type) of every event of the n-th mailbox."""
        return [tuple(event.findtext(T + name) for name in ("StartTime", "EndTime", "BusyType"))
                for event in self.mailboxes[mailbox].iter(f"{T}CalendarEvent")]


def impersonating(body, name):
    """The envelope with a header that speaks for somebody."""
    return body.replace("</s:Header>", (
        "<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>"
        f"{name}</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header>"))


def season(name, bias, month):
    return (f"<t:{name}><t:Bias>{bias}</t:Bias><t:Time>0{2 if month < 6 else 3}:00:00</t:Time>"
            f"<t:DayOrder>5</t:DayOrder><t:Month>{month}</t:Month>"
            f"<t:DayOfWeek>Sunday</t:DayOfWeek></t:{name}>")


def envelope(body):
    return ('<?xml version="1.0" encoding="utf-8"?>'
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
            f'xmlns:t="{T[1:-1]}" xmlns:m="{M[1:-1]}"><s:Header>'
            '<t:RequestServerVersion Version="Exchange2013"/></s:Header>'
            f"<s:Body>{body}</s:Body></s:Envelope>")


def request(addresses, start=f"{DAY}T00:00:00", end=f"{DAY}T12:00:00", view="Detailed",
            interval=None, zone=UTC):
    mailboxes = "".join(
        f"<t:MailboxData><t:Email><t:Address>{address}</t:Address></t:Email>"
        "<t:AttendeeType>Required</t:AttendeeType></t:MailboxData>" for address in addresses)
    merged = "" if interval is None else (
        f"<t:MergedFreeBusyIntervalInMinutes>{interval}</t:MergedFreeBusyIntervalInMinutes>")
    return envelope(
        f"<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>{zone[0]}</t:Bias>"
        f"{season('StandardTime', zone[1], 10)}{season('DaylightTime', zone[2], 3)}"
        f"</t:TimeZone><m:MailboxDataArray>{mailboxes}</m:MailboxDataArray>"
        f"<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>{start}</t:StartTime>"
        f"<t:EndTime>{end}</t:EndTime></t:TimeWindow>{merged}"
        f"<t:RequestedView>{view}</t:RequestedView></t:FreeBusyViewOptions>"
        "</m:GetUserAvailabilityRequest>")


def credentials(user=USER, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def connect(exchange, tls=False):
    url = urllib.parse.urlsplit(exchange.https_url if tls else exchange.http_url)
    if not tls:
        return http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    context = ssl.create_default_context(cafile=exchange.ca)
    return http.client.HTTPSConnection(url.hostname, url.port, timeout=30, context=context)


def post(exchange, body, connection=None, **headers):
    own = connection or connect(exchange)
    sent = {"Content-Type": "text/xml; charset=utf-8", "Authorization": credentials()}
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    own.request("POST", "/EWS/Exchange.asmx", body if isinstance(body, bytes) else body.encode(),
                {name: value for name, value in sent.items() if value is not None})
    response = own.getresponse()
    answer = Answer(response, response.read())
    if connection is None:
        own.close()
    return answer


def ask(exchange, *addresses, **options):
    return post(exchange, request(addresses, **options))
