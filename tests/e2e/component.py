"""A bare XEP-0114 component: one in calpresence's place, or to look at a server."""

import contextlib
import hashlib
import socket
import threading
import xml.etree.ElementTree as ElementTree

from record import TIMEOUT_S, Record

NS = "{jabber:component:accept}"
STREAMS = "{http://etherx.jabber.org/streams}"


def as_text(element):
    return ElementTree.tostring(element, "unicode")


class Component:
    """Connects at once; all stanzas that come go to `stanzas`, as ElementTree elements.

    A stream error is the last item. It answers nothing by itself.
    """

    def __init__(self, port, jid, secret):
        self.jid = jid
        self.stanzas = Record(f"component {jid}", as_text)
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self._socket.settimeout(None)
        self._secret = secret
        self.send(
            f"<stream:stream xmlns='jabber:component:accept' to='{jid}'"
            " xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def send(self, text):
        self._socket.sendall(text.encode())

    def wait_up(self):
        """Waits for the end of the handshake; a stream error fails the test."""
        first = self.stanzas.wait(lambda stanza: True, what="the handshake")
        assert first.tag == f"{NS}handshake", as_text(first)
        return self

    def wait(self, kind, predicate=lambda stanza: True, timeout=TIMEOUT_S):
        """The first iq, message, presence or stream error that the predicate takes."""
        tag = f"{STREAMS}error" if kind == "error" else NS + kind
        return self.stanzas.wait(
            lambda stanza: stanza.tag == tag and predicate(stanza), timeout, what=kind
        )

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(TIMEOUT_S)
        self._socket.close()

    def _read(self):
        parser = ElementTree.XMLPullParser(("start", "end"))
        depth = 0
        with contextlib.suppress(OSError):
            while chunk := self._socket.recv(65536):
                parser.feed(chunk)
                for event, element in parser.read_events():
                    depth += 1 if event == "start" else -1
                    if event == "start" and depth == 1:
                        self._shake_hands(element.get("id"))
                    if event == "end" and depth == 1:
                        self.stanzas.append(element)

    def _shake_hands(self, stream_id):
        digest = hashlib.sha1((stream_id + self._secret).encode()).hexdigest()
        self.send(f"<handshake>{digest}</handshake>")
