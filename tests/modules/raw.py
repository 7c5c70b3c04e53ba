"""Clients that do no more than log in: for crowds, and for what no client would send."""

import base64
import socket

from record import TIMEOUT_S
from server import DOMAIN, PASSWORD

STREAM = (
    "<stream:stream xmlns='jabber:client' version='1.0' to='{domain}'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
BIND = (
    "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<resource>{resource}</resource></bind></iq>"
)


class RawClient:
    def __init__(self, port, name, resource="raw", domain=DOMAIN):
        self.full_jid = f"{name}@{domain}/{resource}"
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        secret = base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
        self._ask(STREAM.format(domain=domain), b"</stream:features>")
        self._ask(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
            f"{secret}</auth>", b"<success"
        )
        self._ask(STREAM.format(domain=domain), b"</stream:features>")
        self._ask(BIND.format(resource=resource), b"</iq>")

    def _ask(self, text, end):
        self.send(text)
        received = b""
        while end not in received:
            chunk = self._socket.recv(65536)
            assert chunk, received
            received += chunk
        return received

    def send(self, text):
        self._socket.sendall(text.encode())

    def ping(self):
        """Returns once all before it was dealt with, and what came until then."""
        return self._ask(
            f"<iq type='get' id='ping' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>",
            b"ping",
        )

    def close(self):
        self._socket.close()
