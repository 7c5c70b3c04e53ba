"""Autodiscover as Exchange has it, and the names that lead to it.

Directory answers what a test says it should and keeps what it was asked, credentials
included. Names is a proxy that knows host names: tests ask for autodiscover.example.com as
everybody does, and stay on the loopback interface.
"""

import contextlib
import dataclasses
import http.server
import json
import socket
import ssl
import threading
import urllib.parse
from xml.sax.saxutils import escape

from lxml import etree

AUTODISCOVER = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
POX_REQUEST = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
POX = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
POX_OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ADDRESSING = "http://www.w3.org/2005/08/addressing"


@dataclasses.dataclass
class Asked:
    """One question."""

    method: str
    kind: str  # svc, xml, json
    mailbox: str
    authorization: str  # "" none


@dataclasses.dataclass
class Answer:
    """What a service answers."""

    status: int = 200
    body: str = ""
    headers: dict = dataclasses.field(default_factory=dict)


def redirect(location):
    return Answer(302, headers={"Location": location})


def found(url):
    """By kind, the three ways to say where a mailbox is."""
    return {
        "svc": Answer(body=_soap("NoError", f"<UserSettings>{_setting('ExternalEwsUrl', url)}"
                                 f"{_setting('InternalEwsUrl', url)}</UserSettings>")),
        "xml": Answer(body=_pox(f"<Action>settings</Action><Protocol><Type>EXPR</Type>"
                                f"<EwsUrl>{escape(url)}</EwsUrl></Protocol>")),
        "json": Answer(body=json.dumps({"Protocol": "EWS", "Url": url})),
    }


def unknown():
    """By kind, that nobody has this address."""
    error = "<Error><ErrorCode>500</ErrorCode><Message>no such address</Message></Error>"
    return {
        "svc": Answer(body=_soap("InvalidUser", "")),
        "xml": Answer(body=f'<Autodiscover xmlns="{POX}"><Response>{error}</Response>'
                           "</Autodiscover>"),
        "json": Answer(404, json.dumps({"ErrorCode": "UserNotFound"})),
    }


def _setting(name, value):
    return f"<UserSetting><Name>{name}</Name><Value>{escape(value)}</Value></UserSetting>"


def _soap(code, inside):
    return (f'<s:Envelope xmlns:s="{SOAP}"><s:Body><GetUserSettingsResponseMessage '
            f'xmlns="{AUTODISCOVER}"><Response><ErrorCode>NoError</ErrorCode><UserResponses>'
            f"<UserResponse><ErrorCode>{code}</ErrorCode>{inside}</UserResponse>"
            "</UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>")


def _pox(inside):
    return (f'<?xml version="1.0"?><Autodiscover xmlns="{POX}"><Response '
            f'xmlns="{POX_OUTLOOK}"><Account>{inside}</Account></Response></Autodiscover>')


def _one(root, path):
    """The text of the one element there is at a path of {namespace}name."""
    [element] = root.findall(path)
    return element.text


def read_soap(body, headers):
    """The mailbox asked for; what is not as the documentation shows it fails."""
    root = etree.fromstring(body)
    action = f"{AUTODISCOVER}/Autodiscover/GetUserSettings"
    assert root.tag == f"{{{SOAP}}}Envelope"
    assert headers["SOAPAction"] == f'"{action}"'
    assert _one(root, f"{{{SOAP}}}Header/{{{ADDRESSING}}}Action") == action
    assert _one(root, f"{{{SOAP}}}Header/{{{AUTODISCOVER}}}RequestedServerVersion")
    names = ("GetUserSettingsRequestMessage", "Request", "Users", "User", "Mailbox")
    path = "/".join(f"{{{AUTODISCOVER}}}{name}" for name in names)
    return _one(root, f"{{{SOAP}}}Body/{path}")


def read_pox(body, _headers):
    root = etree.fromstring(body)
    assert root.tag == f"{{{POX_REQUEST}}}Autodiscover"
    request = f"{{{POX_REQUEST}}}Request/{{{POX_REQUEST}}}"
    assert _one(root, f"{request}AcceptableResponseSchema") == POX_OUTLOOK
    return _one(root, f"{request}EMailAddress")


class Directory:
    """An Autodiscover service by https; `answers` by kind, one or a function of the mailbox."""

    def __init__(self, certificate, key, address="127.0.0.1"):
        self.answers = {}
        self.asked = []
        self.knocks = []  # what was asked without credentials where they are needed
        self.challenge = "NTLM"  # what is offered then
        self.errors = []
        directory = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One question."""

            def do_GET(self):  # pylint: disable=invalid-name
                directory.answer(self, b"")

            def do_POST(self):  # pylint: disable=invalid-name
                directory.answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self._server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, kind, host="localhost"):
        return f"https://{host}:{self.port}/autodiscover/autodiscover.{kind}"

    def answer(self, handler, body):
        """Keeps the question and answers it."""
        path = urllib.parse.urlsplit(handler.path).path
        kind = path.split("/autodiscover.")[1].split("/")[0]
        if handler.command == "GET" and kind in ("svc", "xml"):
            assert "Authorization" not in handler.headers
            self.knocks.append(kind)
            self._send(handler, Answer(401, headers={"WWW-Authenticate": self.challenge}))
            return
        try:
            mailbox = self._mailbox(kind, path, body, handler.headers)
        except (AssertionError, ValueError, etree.XMLSyntaxError) as error:
            self.errors.append(f"{handler.path}: {error!r} in {body!r}")
            mailbox = ""
        self.asked.append(Asked(
            handler.command, kind, mailbox, handler.headers.get("Authorization", "")))
        answer = self.answers.get(kind, Answer(404))
        self._send(handler, answer(mailbox) if callable(answer) else answer)

    @staticmethod
    def _mailbox(kind, path, body, headers):
        if kind == "json":
            assert not body
            return urllib.parse.unquote(path.rsplit("/", 1)[1])
        return {"svc": read_soap, "xml": read_pox}[kind](body, headers)

    @staticmethod
    def _send(handler, answer):
        data = answer.body.encode()
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        assert not self.errors, self.errors


class Names:
    """A proxy for the names in `ports` (by https) and `locations` (by http: redirects)."""

    def __init__(self):
        self.ports = {}
        self.locations = {}
        self.asked = []  # first lines
        self.heads = []  # all of what came by http
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)

    @staticmethod
    def _start(function, *arguments):
        threading.Thread(target=function, args=arguments, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._start(self._serve, connection)

    def _serve(self, near):
        with contextlib.suppress(OSError), near:
            head = b""
            while b"\r\n\r\n" not in head and (data := near.recv(65536)):
                head += data
            method, target, _ = head.decode().split("\r\n")[0].split(" ")
            self.asked.append(f"{method} {target}")
            if method == "CONNECT":
                self._connect(near, target.split(":")[0])
                return
            self.heads.append(head.decode())
            location = self.locations.get(urllib.parse.urlsplit(target).hostname)
            status = f"302 Found\r\nLocation: {location}" if location else "404 Not Found"
            near.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    def _connect(self, near, host):
        if host not in self.ports:
            near.sendall(b"HTTP/1.1 502 No Such Host\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.ports[host])) as far:
            near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            self._start(self._pass, far, near)
            self._pass(near, far)

    @staticmethod
    def _pass(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.close()
