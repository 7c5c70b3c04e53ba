"""A person's Jabber client: slixmpp on a loop in a thread, with calls that block."""

import asyncio
import contextlib
import inspect
import io
import logging
import threading
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from record import TIMEOUT_S, Record
from server import DOMAIN, PASSWORD

# Debian builds slixmpp without its faster stringprep, which it complains of on stderr.
with contextlib.redirect_stderr(io.StringIO()):
    import slixmpp
    from slixmpp.exceptions import IqError
    from slixmpp.xmlstream.handler import Callback
    from slixmpp.xmlstream.matcher import MatchXPath

NS = "{jabber:client}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Presence:
    """A presence as it came."""

    sender: str  # the full JID, as the server wrote it
    type: str  # "available", "unavailable", "subscribe"...
    show: str  # "available" where there is no <show/>; "unavailable"
    status: str  # in the stream's language
    statuses: dict = field(compare=False)  # language -> text
    priority: int
    at: float = field(compare=False)  # wall clock
    xml: ElementTree.Element = field(compare=False, repr=False)

    @property
    def available(self):
        return self.type == "available"


def read_presence(xml):
    kind = xml.get("type") or "available"
    show = xml.findtext(NS + "show") or kind
    texts = {e.get(LANG, ""): e.text or "" for e in xml.findall(NS + "status")}
    status = texts.get("") or texts.get("en") or next(iter(texts.values()), "")
    priority = int(xml.findtext(NS + "priority") or 0)
    return Presence(
        xml.get("from"), kind, show, status, texts, priority, time.time(), xml
    )


def bare(jid):
    return jid.partition("/")[0]


class _Loop:
    """One event loop in a thread for all clients."""

    def __init__(self):
        logging.getLogger("slixmpp").setLevel(logging.ERROR)
        # It does not count what is sent as text.
        logging.getLogger("slixmpp.plugins.xep_0198").setLevel(logging.CRITICAL)
        # slixmpp leaves a task of every stream to the end of the program.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def call(self, function, *args, timeout=TIMEOUT_S):
        """Runs function(*args) on the loop; if it is a coroutine, to its end."""

        async def run():
            result = function(*args)
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout)


_loop = None


def loop():
    global _loop
    if _loop is None:
        _loop = _Loop()
    return _loop


class _Stream(slixmpp.ClientXMPP):
    """slixmpp without its own ideas about subscriptions."""

    def __init__(self, jid, password, sasl_mech):
        super().__init__(jid, password, sasl_mech=sasl_mech)
        self["feature_mechanisms"].unencrypted_plain = True
        self.auto_authorize = None
        self.auto_subscribe = False
        self.loop_ended = asyncio.Event()
        self.add_event_handler("disconnected", lambda _: self.loop_ended.set())


def connect_plainly(stream, host, port):
    """Connects without TLS: by arguments in Debian 12's slixmpp, by attributes in 13's."""
    if "use_ssl" not in inspect.signature(stream.connect).parameters:
        stream.enable_direct_tls = stream.enable_starttls = False
        stream.enable_plaintext = True
        stream.connect(host, port)
        return
    stream.connect(
        (host, port), use_ssl=False, force_starttls=False, disable_starttls=True
    )


class Client:
    """Logs in at once. `presences` and `messages` record all that comes. With `managed`
    it can resume() a connection that was cut (XEP-0198)."""

    def __init__(self, port, name, resource="laptop", domain=DOMAIN, managed=False):
        self.jid = f"{name}@{domain}"
        self.full_jid = f"{self.jid}/{resource}"
        self.presences = Record(f"presences at {self.full_jid}")
        self.messages = Record(f"messages at {self.full_jid}")
        self._port = port
        self._seen = {}
        self.managed = managed
        self._stream = loop().call(self._connect)

    async def _connect(self):
        stream = _Stream(self.full_jid, PASSWORD, "PLAIN")
        if self.managed:
            stream.register_plugin("xep_0198")
        for kind, take in ("presence", self._on_presence), ("message", self._on_message):
            handler = Callback(f"record {kind}", MatchXPath(NS + kind), take)
            stream.register_handler(handler)
        await self._begin(stream, "sm_enabled" if self.managed else "session_start")
        return stream

    async def _begin(self, stream, event):
        """Connects; the event says that all is well."""
        stream.loop_ended.clear()
        ready = asyncio.get_running_loop().create_future()

        def settle(setter, value):
            if not ready.done():
                setter(value)

        def fail(event):
            settle(ready.set_exception, ConnectionError(f"{self.jid}: {event}"))

        def succeed(_):
            settle(ready.set_result, None)

        failures = ("failed_all_auth", "connection_failed", "disconnected")
        stream.add_event_handler(event, succeed)
        for name in failures:
            stream.add_event_handler(name, fail)
        connect_plainly(stream, "127.0.0.1", self._port)
        await asyncio.wait_for(ready, TIMEOUT_S)
        stream.del_event_handler(event, succeed)
        for name in failures:
            stream.del_event_handler(name, fail)

    def _on_presence(self, stanza):
        presence = read_presence(stanza.xml)
        if presence.type in ("available", "unavailable"):
            self._seen[presence.sender] = presence
        self.presences.append(presence)

    def _on_message(self, stanza):
        self.messages.append(stanza.xml)

    # What the person does.

    def send_raw(self, text):
        loop().call(self._stream.send_raw, text)

    def present(self, show=None, status=None, priority=None, to=None):
        """Sends an available presence: the first one is the login that others see."""
        stanza = ElementTree.Element("presence")
        if to:
            stanza.set("to", to)
        for tag, value in (("show", show), ("status", status), ("priority", priority)):
            if value is not None:
                ElementTree.SubElement(stanza, tag).text = str(value)
        self.send_raw(ElementTree.tostring(stanza, "unicode"))
        return self

    def _send_typed(self, kind, jid):
        stanza = ElementTree.Element("presence", type=kind, to=jid)
        self.send_raw(ElementTree.tostring(stanza, "unicode"))

    def subscribe(self, jid):
        self._send_typed("subscribe", jid)

    def unsubscribe(self, jid):
        self._send_typed("unsubscribe", jid)

    def approve(self, jid, after=0):
        """Approves a subscription request of jid, once it is there."""
        self.presences.wait(
            lambda p: p.type == "subscribe" and bare(p.sender) == jid,
            after=after,
            what=f"a subscription request of {jid}",
        )
        self._send_typed("subscribed", jid)

    def probe(self, jid):
        self._send_typed("probe", jid)

    def say(self, jid, text):
        stanza = ElementTree.Element("message", type="chat", to=jid, id="say")
        ElementTree.SubElement(stanza, "body").text = text
        self.send_raw(ElementTree.tostring(stanza, "unicode"))

    def iq(self, kind, to, payload, timeout=TIMEOUT_S):
        """Sends an iq and returns the answer's XML, be it a result or an error."""

        async def ask():
            iq = self._stream.make_iq(ito=to, itype=kind)
            iq.append(ElementTree.fromstring(payload))
            try:
                return (await iq.send(timeout=timeout)).xml
            except IqError as error:
                return error.iq.xml

        return loop().call(ask, timeout=timeout + 5)

    def roster(self):
        """jid -> subscription."""
        answer = self.iq("get", self.jid, "<query xmlns='jabber:iq:roster'/>")
        items = answer.iter("{jabber:iq:roster}item")
        return {item.get("jid"): item.get("subscription") for item in items}

    def block(self, jid):
        item = ElementTree.Element("item", jid=jid)
        payload = ElementTree.tostring(item, "unicode")
        self.iq("set", self.jid, f"<block xmlns='urn:xmpp:blocking'>{payload}</block>")

    def unblock(self, jid):
        item = ElementTree.Element("item", jid=jid)
        payload = ElementTree.tostring(item, "unicode")
        self.iq("set", self.jid, f"<unblock xmlns='urn:xmpp:blocking'>{payload}</unblock>")

    def remove(self, jid):
        """Takes a contact off her list."""
        item = ElementTree.Element("item", jid=jid, subscription="remove")
        payload = ElementTree.tostring(item, "unicode")
        self.iq("set", self.jid, f"<query xmlns='jabber:iq:roster'>{payload}</query>")

    def revoke(self, jid):
        """He may see her no longer."""
        self._send_typed("unsubscribed", jid)

    def leave(self):
        """Says unavailable and stays connected."""
        self.send_raw("<presence type='unavailable'/>")

    def close(self):
        """Logs out as clients do: unavailable first."""

        async def disconnect():
            self._stream.send_raw("<presence type='unavailable'/>")
            self._stream.disconnect(wait=1.0)
            await self._stream.loop_ended.wait()

        if self._stream.transport is not None:
            loop().call(disconnect)

    def cut(self):
        """The connection is gone without a goodbye."""

        async def abort():
            self._stream.transport.abort()
            await self._stream.loop_ended.wait()

        if self._stream.transport is not None:
            loop().call(abort)

    def resume(self):
        """Goes on with a session whose connection was cut."""
        loop().call(self._begin, self._stream, "session_resumed")

    # What the person sees.

    def seen(self, jid):
        """The current view: of a full JID its last presence, or None if none came; of a
        bare one full JID -> presence for all of its available resources."""
        if "/" in jid:
            return self._seen.get(jid)
        views = list(self._seen.items())
        return {full: p for full, p in views if bare(full) == jid and p.available}

    def heard(self, jid, after=0):
        """What came from a bare or full JID, in order."""
        return [p for p in self.presences.items(after) if jid in (p.sender, bare(p.sender))]

    def wait_presence(self, predicate, timeout=TIMEOUT_S, after=0, what="a presence"):
        """The first presence behind the mark `after` that the predicate takes."""
        return self.presences.wait(predicate, timeout, after, what)

    def wait_seen(self, jid, show, status=None, timeout=TIMEOUT_S):
        """Waits until the current view of jid, of any resource where it is bare, has this
        show ("available", "unavailable"...) and, if given, status text."""

        def fits():
            for full, view in list(self._seen.items()):
                if jid in (full, bare(full)):
                    if view.show == show and status in (None, view.status):
                        return view
            return None

        return self.presences.wait_until(fits, timeout, f"{jid} as {show} {status!r}")

    def settle(self, jid=DOMAIN):
        """All that was sent to this client before is here: an answer came after it."""
        self.iq("get", jid, "<ping xmlns='urn:xmpp:ping'/>")

    def settle_or_end(self, jid=DOMAIN):
        """Like settle(), or the server has ended the stream."""

        async def ask():
            iq = self._stream.make_iq(ito=jid, itype="get")
            iq.append(ElementTree.fromstring("<ping xmlns='urn:xmpp:ping'/>"))
            answer = asyncio.ensure_future(iq.send(timeout=TIMEOUT_S))
            end = asyncio.ensure_future(self._stream.loop_ended.wait())
            done, late = await asyncio.wait(
                {answer, end}, return_when=asyncio.FIRST_COMPLETED
            )
            for future in late:
                future.cancel()
            for future in done:
                if not isinstance(future.exception(), IqError):
                    future.result()

        loop().call(ask, timeout=TIMEOUT_S + 5)
