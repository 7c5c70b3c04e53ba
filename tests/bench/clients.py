"""Many clients of an IM server at once, in one thread that reads no XML: what comes is
searched for a text and counted."""

import base64
import contextlib
import selectors
import socket
import threading
import time

from record import poll
from server import PASSWORD

QUIET_S = 2  # after so long without one more nothing comes any more
LOGIN_S = 60


class Clients:
    """Everybody of the names, logged in and available: wait() until all have heard of it."""

    def __init__(self, port, domain, names):
        self._text = b"\0"
        self.count = 0
        self.first = self.last = 0.0
        self._selector = selectors.DefaultSelector()
        self._sockets = []
        for name in names:
            self._sockets.append(self._log_in(port, domain, name))
        self._ended = False
        for stream in self._sockets:
            self._selector.register(stream, selectors.EVENT_READ, [b""])
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.watch("<show>chat</show>")
        self.say("<presence><show>chat</show></presence>")

    @staticmethod
    def _log_in(port, domain, name):
        stream = socket.create_connection(("127.0.0.1", port), LOGIN_S)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opening = (
            f"<stream:stream xmlns='jabber:client' version='1.0' to='{domain}' xml:lang='en'"
            " xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        secret = base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
        for text, answer in (
            (opening, b"</stream:features>"),
            ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
             f"{secret}</auth>", b"<success"),
            (opening, b"</stream:features>"),
            ("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
             "<resource>pc</resource></bind></iq>", b"</iq>"),
            ("<iq type='set' id='session'><session"
             " xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>", b"session"),
        ):
            stream.sendall(text.encode())
            received = b""
            while answer not in received:
                chunk = stream.recv(65536)
                assert chunk, f"{name}: {received}"
                received += chunk
        return stream

    def say(self, text):
        """The same from everybody."""
        for stream in self._sockets:
            stream.sendall(text.encode())

    def watch(self, text):
        """Counts this text from now on."""
        self._text = text.encode()
        self.count = 0

    def wait(self, least, timeout):
        """Waits for at least so many, and until no more come; when the first and the last
        came."""
        poll(
            lambda: self.count >= least and time.time() - self.last > QUIET_S,
            timeout,
            f"so many presences: {least}",
        )
        return self.first, self.last

    def _read(self):
        while not self._ended:
            for key, _ in self._selector.select(0.2):
                with contextlib.suppress(OSError):
                    self._take(key.data, key.fileobj.recv(1 << 20))

    def _take(self, kept, chunk):
        text = self._text
        found = (kept[0] + chunk).count(text)
        kept[0] = chunk[1 - len(text):] if len(text) > 1 else b""
        if found:
            self.last = time.time()
            self.first = self.last if self.count == 0 else self.first
            self.count += found

    def close(self):
        self._ended = True
        self._reader.join()
        for stream in self._sockets:
            stream.close()
