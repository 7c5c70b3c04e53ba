"""The real thing that a walk is taken through: an IM server, a simulated Exchange,
calpresence, people's clients; and the barrier behind which everything has arrived."""

import contextlib
import pathlib
import sys
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

# pylint: disable=wrong-import-position
from slixmpp.exceptions import IqTimeout  # noqa: E402

from calendars import Calendars  # noqa: E402
from calpresence import Calpresence, is_ready  # noqa: E402
from client import LANG, NS, Client, bare  # noqa: E402
from ejabberd import Ejabberd  # noqa: E402
from model import OVERLAYS, View, texts  # noqa: E402
from prosody import Prosody  # noqa: E402
from record import poll  # noqa: E402
from server import COMPONENT, DOMAIN, MODULE, Options  # noqa: E402

NAMES = ["alice", "bob", "carol", "dave"]
RESOURCES = ["desk", "phone", "tab"]
PEOPLE = [f"{name}@{DOMAIN}" for name in NAMES]
OTHER = "localhost"  # another server's domain, which every resolver knows
FAR = f"zoe@{OTHER}"
LEASE_S = 9
QUIET_S = 120  # a server that took its time to start is tried again after up to a minute
BY_MODULE = replace(MODULE, lease_s=LEASE_S, usual=True)
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


@dataclass(frozen=True)
class Setting:
    """What a walk is taken through."""

    server: type
    options: Options = BY_MODULE
    publish: dict = field(default_factory=lambda: {"modes": ["user"]})
    other: bool = False  # there are contacts of another server


USER = {"prosody": Setting(Prosody, other=True), "ejabberd": Setting(Ejabberd)}
COMPONENT_MODE = {
    "prosody-component": Setting(Prosody, publish={}),
    "ejabberd-component": Setting(Ejabberd, publish={}),
    "prosody-component-privileges": Setting(Prosody, Options(), {"watchers": "domain"}),
    "ejabberd-component-privileges": Setting(Ejabberd, Options(), {"watchers": "domain"}),
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

    def forget(self, jid=None):
        """Forgets what it held: of one contact, or of all."""
        for full in list(self._seen):
            if jid is None or bare(full) == jid:
                del self._seen[full]

    def held(self, full):
        """What it holds of a full JID, or None."""
        seen = self.seen(full)
        return as_view(seen) if seen is not None and seen.available else None


def as_view(presence):
    """A received presence as the model writes it."""
    whole = presence.xml.get(LANG, "")
    statuses = {}
    for status in presence.xml.findall(NS + "status"):
        code = status.get(LANG, whole)
        statuses["" if code == STREAM_LANGUAGE else code] = status.text or ""
    return View(presence.show, texts(statuses), presence.priority)


def is_told(why, state):
    """Whether the module was told that her calendar says this."""
    told = why["told"]["show"] if why["told"] else None
    return told == OVERLAYS.get(state, [None])[0]


class World:
    """Everything that runs, and the clients that are connected (full JID -> Walker)."""

    def __init__(self, setting):
        self.tells_module = "user" in setting.publish.get("modes", [])
        self._stack = contextlib.ExitStack()
        options = setting.options
        self._other = None
        if setting.other:
            self._other = Prosody(domain=OTHER)
            self._stack.callback(self._other.close)
            options = replace(options, peers=((OTHER, self._other.peer_port),))
        self.server = setting.server(options)
        self._stack.callback(self.server.close)
        self.server.start()
        self.people = list(PEOPLE)
        if setting.other:
            self._other.options = Options(peers=((DOMAIN, self.server.peer_port),))
            self._other.start()
            self._other.add_user("zoe")
            self.people.append(FAR)
        self.all = [f"{person}/{resource}" for person in self.people for resource in RESOURCES]
        self.exchange = self._stack.enter_context(Calendars())
        self.exchange.create(*(f"{n}@example.com" for n in NAMES))
        for person in [*NAMES, "observer"]:
            self.server.add_user(person)
        self.daemon = Calpresence(
            self.server, self.exchange, publish=setting.publish, mapping=mapping())
        self.clients = {}
        self._meetings = {}  # person -> the meeting in her calendar
        self.reconnect_observer()
        self._pool = ThreadPoolExecutor(16)

    def close(self):
        for client in [*self.clients.values(), self.observer]:
            with contextlib.suppress(Exception):
                client.cut()
        with contextlib.suppress(Exception):
            self.daemon.close()
        self._stack.close()

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

    def connect(self, full, managed=False):
        person, _, resource = full.partition("/")
        name, _, domain = person.partition("@")
        server = self._other if domain == OTHER else self.server
        client = Walker(server.client_port, name, resource, domain, managed)
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

    def set_calendar(self, person, state, end=None):
        """Her calendar: in this state from a minute ago, for an hour or until `end`. No
        reading sees anything but this or what was before."""
        mailbox = f"{person.partition('@')[0]}@example.com"
        before = self._meetings.pop(person, None)
        now = int(time.time())
        if state != "free":
            self._meetings[person] = self.exchange.add(
                mailbox, now - 60, end or now + 3600, BUSY[state])
        if before is not None:
            self.exchange.cancel(before)

    # The barrier.

    def settle_clients(self, asleep):
        """All that was sent before has arrived at every client that is awake."""
        awake = [client for full, client in self.clients.items() if full not in asleep]
        # Once for what each has said, once more for what that made others hear.
        for _ in range(2):
            list(self._pool.map(lambda client: client.settle(), [*awake, self.observer]))

    def wait_read(self, calendars, ends):
        """Waits until the component has told the module what these people's calendars say,
        or watchers itself. calendars() is person -> state; ends: person -> the end of the
        meeting that she is in."""
        try:
            poll(lambda: self._is_read(calendars(), ends), QUIET_S, "a reading", 0.02)
        except AssertionError as error:
            raise AssertionError(f"{error}; last: {self._why_not}") from None

    def _is_read(self, calendars, ends):
        assert self.daemon.running(), self.daemon.output()[-3000:]
        status = self._why_not = self.daemon.status()
        if status is None or not is_ready(status) or not status["domains"][0]["synced"]:
            return False
        for person, state in calendars.items():
            why = self._why_not = self.daemon.why(person)
            watched = why is not None and why["calendar"]["watched"]
            if watched and why["calendar"]["state"] != state:
                return False
            if self.tells_module and not (watched and is_told(why, state)):
                return False
            if watched and time.time() < ends.get(person, 0) != why["calendar"]["next_edge"]:
                return False
        self.observer.settle(COMPONENT)
        return True
