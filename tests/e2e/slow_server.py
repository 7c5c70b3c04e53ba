"""As much of an IM server as a component needs, which takes its time to close a stream."""

import contextlib
import re
import socket
import threading

from record import Record
from server import COMPONENT, DOMAIN, Options

HEAD = (
    "<stream:stream xmlns='jabber:component:accept'"
    f" xmlns:stream='http://etherx.jabber.org/streams' from='{COMPONENT}' id='slow'>"
)
PRIVILEGES = (
    f"<message from='{DOMAIN}' to='{COMPONENT}'><privilege xmlns='urn:xmpp:privilege:2'>"
    "<perm access='presence' type='managed_entity'/></privilege></message>"
)
IDENTITY = (
    "<query xmlns='http://jabber.org/protocol/disco#info'>"
    "<identity category='server' type='im' name='Prosody'/></query>"
)
REFUSED = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


TOKEN = re.compile(
    r"<stream:stream |</handshake>|<iq [^>]*?id='(?P<id>[^']*)'.*?</iq>|</stream:stream>", re.DOTALL
)


class SlowServer:
    """Lets a component in and grants it the presence privilege. `said` has what it said, and
    a stream that it ends is closed once `closes` is set."""

    def __init__(self):
        self.options = Options()
        self.said = Record("the component")
        self.closes = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.component_port = self._listener.getsockname()[1]
        self._connection = None
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.closes.set()
        self._listener.close()

    def say(self, xml):
        self._connection.sendall(xml.encode())

    def wait_said(self, words, after=0):
        self.said.wait_until(lambda: words in "".join(self.said.items(after)), what=words)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self._connection, _ = self._listener.accept()
                with self._connection:
                    self._serve()

    def _serve(self):
        waiting = ""
        while data := self._connection.recv(65536):
            self.said.append(data.decode())
            waiting += data.decode()
            while found := TOKEN.search(waiting):
                waiting = waiting[found.end():]
                if found[0].startswith("</stream"):
                    self.closes.wait()
                    self.say("</stream:stream>")
                    return
                self._answer(found)

    def _answer(self, found):
        if found[0].startswith("<stream"):
            self.say(HEAD)
        elif found[0] == "</handshake>":
            self.say("<handshake/>" + PRIVILEGES)
        else:
            kind, inside = ("result", IDENTITY) if "disco#info" in found[0] else ("error", REFUSED)
            self.say(f"<iq type='{kind}' from='{DOMAIN}' to='{COMPONENT}' id='{found['id']}'>{inside}</iq>")
