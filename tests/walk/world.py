"""The real thing that a walk is taken through: an IM server, a simulated Exchange,
calpresence, people's clients; and the barrier behind which everything has arrived."""

import contextlib
import logging
import pathlib
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

logging.getLogger("slixmpp").setLevel(logging.ERROR)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

# pylint: disable=wrong-import-position
from slixmpp.exceptions import IqTimeout  # noqa: E402

from calendars import Calendars  # noqa: E402
from calpresence import Calpresence, is_up  # noqa: E402
from client import LANG, NS, Client, bare, read_presence  # noqa: E402
from ejabberd import Ejabberd  # noqa: E402
from model import OVERLAYS, View, texts  # noqa: E402
from prosody import Prosody  # noqa: E402
from record import poll  # noqa: E402
from server import COMPONENT, DOMAIN, Options  # noqa: E402

NAMES = ["alice", "bob", "carol", "dave"]
RESOURCES = ["desk", "phone", "tab"]
PEOPLE = [f"{name}@{DOMAIN}" for name in NAMES]
ALL = [f"{person}/{resource}" for person in PEOPLE for resource in RESOURCES]
ROSTER_MAX_AGE_S = 1
QUIET_S = 120  # a server that took its time to start is tried again after up to a minute
SERVERS = {
    "prosody": (Prosody, Options()),
    "ejabberd": (Ejabberd, Options()),
    "ejabberd-received": (Ejabberd, Options(received=True)),
}
PUBLISH = {
    "user": {"modes": ["user"], "roster_max_age": ROSTER_MAX_AGE_S},
    "component": {"modes": ["component"], "watchers": "domain"},
}
STREAM_LANGUAGE = "en"  # that slixmpp asks for
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
NOBODY_ANSWERS = "<query xmlns='urn:example:there'/>"
BUSY = {
    "free": "Free",
    "busy": "Busy",
    "oof": "OOF",
    "tentative": "Tentative",
    "elsewhere": "WorkingElsewhere",
}


def mapping():
    """The model's overlays as the configuration writes them."""

    def status(by_language):
        entries = []
        for language, text in by_language.items():
            entries.append({"text": text} | ({"lang": language} if language else {}))
        return tuple(entries)

    return {k: {"show": s, "status": status(t)} for k, (s, t) in OVERLAYS.items()}


class Walker(Client):
    """A client that keeps what it holds of others as people's clients do."""

    available = False

    def say(self, view, default_language=""):
        """Sends a View as its own presence."""
        stanza = ElementTree.Element("presence")
        if default_language:
            stanza.set("xml:lang", default_language)
        if view.show != "available":
            ElementTree.SubElement(stanza, "show").text = view.show
        for language, text in view.statuses:
            status = ElementTree.SubElement(stanza, "status")
            if language != default_language:
                status.set("xml:lang", language)
            status.text = text
        if view.priority:
            ElementTree.SubElement(stanza, "priority").text = str(view.priority)
        self.send_raw(ElementTree.tostring(stanza, "unicode"))
        self.available = True

    def typed(self, kind, jid):
        self._send_typed(kind, jid)

    def forget(self, jid=None):
        """Forgets what it held: of one contact, or of all."""
        for full in list(self._seen):
            if jid is None or bare(full) == jid:
                del self._seen[full]

    def held(self, full):
        """What it holds of a full JID, or None."""
        seen = self.seen(full)
        return as_view(seen) if seen is not None and seen.available else None

    def roster_remove(self, jid):
        self.iq(
            "set", self.jid,
            f"<query xmlns='jabber:iq:roster'><item jid='{jid}'"
            " subscription='remove'/></query>",
        )

    def unblock(self, jid):
        self.iq(
            "set", self.jid,
            f"<unblock xmlns='urn:xmpp:blocking'><item jid='{jid}'/></unblock>",
        )


def as_view(presence):
    """A received presence as the model writes it."""
    whole = presence.xml.get(LANG, "")
    statuses = {}
    for status in presence.xml.findall(NS + "status"):
        code = status.get(LANG, whole)
        statuses["" if code == STREAM_LANGUAGE else code] = status.text or ""
    return View(presence.show, texts(statuses), presence.priority)


def view_of(inside):
    """Likewise the inside of a presence stanza."""
    text = f"<presence xmlns='jabber:client'>{inside}</presence>"
    return as_view(read_presence(ElementTree.fromstring(text)))


class World:
    """Everything that runs, and the clients that are connected (full JID -> Walker)."""

    def __init__(self, name, mode):
        self._mode = mode
        make, options = SERVERS[name]
        self.server = make(options).start()
        self.exchange = Calendars()
        self.exchange.create(*(f"{n}@example.com" for n in NAMES))
        for person in [*NAMES, "observer"]:
            self.server.add_user(person)
        complete = self.server.complete
        self.daemon = Calpresence(
            self.server,
            self.exchange,
            publish=PUBLISH[mode] | {
                "settle_ms": 0 if complete else 300,
                "ignore_blocking": not complete,
            },
            mapping=mapping(),
        )
        self.clients = {}
        self.reconnect_observer()
        self._pool = ThreadPoolExecutor(16)

    def close(self):
        for client in [*self.clients.values(), self.observer]:
            with contextlib.suppress(Exception):
                client.cut()
        with contextlib.suppress(Exception):
            self.daemon.close()
        self.exchange.close()
        self.server.close()

    def reconnect_observer(self):
        """A client who shows nothing and sees nobody, for questions. ejabberd listens before
        it lets anybody in."""

        def connect():
            with contextlib.suppress(ConnectionError):
                self.observer = Walker(self.server.client_port, "observer", "walk")
                return True
            return False

        poll(connect, what="a server that lets people in")

    # People.

    def connect(self, full):
        person, _, resource = full.partition("/")
        client = Walker(self.server.client_port, person.partition("@")[0], resource)
        self.clients[full] = client
        return client

    def wait_gone(self, full):
        """Waits until the server has noticed that a connection is gone."""

        def gone():
            try:
                answer = self.observer.iq("get", full, NOBODY_ANSWERS, timeout=0.3)
            except IqTimeout:  # it went to the connection that nobody reads any more
                return False
            return answer.find(f".//{STANZAS}service-unavailable") is not None

        poll(gone, what=f"the end of {full}", interval_s=0.01)

    def wait_lost(self, full, clients, marks):
        """Waits until these clients have heard, behind their marks, that it is gone."""
        for name in clients:
            client = self.clients[name]
            if client.held(full) is not None:
                client.wait_presence(
                    lambda p: p.sender == full and not p.available,
                    after=marks[name], what=f"{full} as unavailable",
                )

    def set_calendar(self, person, state, end=None):
        """Her calendar: in this state from a minute ago, for an hour or until `end`."""
        mailbox = f"{person.partition('@')[0]}@example.com"
        self.exchange.clear(mailbox)
        now = int(time.time())
        if state != "free":
            self.exchange.add(mailbox, now - 60, end or now + 3600, BUSY[state])

    # The barrier.

    def settle_clients(self):
        """All that was sent before has arrived at every client."""
        everybody = [*self.clients.values(), self.observer]
        # Once for what each has said, once more for what that made others hear.
        for _ in range(2):
            list(self._pool.map(lambda client: client.settle(), everybody))

    def settle_component(self):
        """All that the component has said has arrived at every client."""
        self.observer.settle(COMPONENT)
        self.settle_clients()

    def barrier(self, calendars):
        """Everything that people, calendars and the component said has arrived everywhere.
        calendars() is person -> state; None while the component is down."""
        self.settle_clients()
        if calendars is not None:
            try:
                poll(lambda: self._is_quiet(calendars), QUIET_S, "quiet", 0.02)
            except AssertionError as error:
                raise AssertionError(f"{error}; last: {self._why_not}") from None
            self.settle_clients()

    def _is_quiet(self, calendars):
        self._why_not = "calpresence ended"
        assert self.daemon.running(), self.daemon.output()[-3000:]
        status = self.daemon.status()
        self._why_not = status
        if status is None or not is_up(status):
            return False
        is_on = "synced" if self._mode == "component" else "user_mode"
        if not all(d["synced"] and d[is_on] for d in status["domains"]):
            return False
        self.observer.settle(COMPONENT)
        status = self._why_not = self.daemon.status()
        if any(status["waiting"].values()) or status["outbox"]["length"]:
            return False
        for person, state in calendars().items():
            why = self.daemon.why(person)
            if why and why["calendar"]["watched"] and why["calendar"]["state"] != state:
                self._why_not = why
                return False
            if why and not all(r["confirmed"] for r in why["resources"]):
                self._why_not = why  # a partial server is still asked for them
                return False
        # What those changes made it say is out.
        self.observer.settle(COMPONENT)
        status = self._why_not = self.daemon.status()
        return not any(status["waiting"].values()) and not status["outbox"]["length"]


def known_resources(world, person):
    """The full JIDs that the component believes to be available."""
    why = world.daemon.why(person)
    return [] if why is None else [f"{person}/{r['resource']}" for r in why["resources"]]
