"""A component that speaks with mod_calpresence."""

import itertools
import time
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape, quoteattr

from component import Component, as_text
from record import TIMEOUT_S
from server import DOMAIN

NS = "urn:calpresence:server:1"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
IQ = "{jabber:component:accept}iq"
MESSAGE = "{jabber:component:accept}message"


def utc(seconds_from_now):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds_from_now))


def name(element):
    """A tag without its namespace."""
    return element.tag.rpartition("}")[2]


def overlay(jid, show=None, text="In a meeting", until=3600, texts=None):
    """The <person/> that says what is laid over somebody; without a show, nothing is."""
    element = ElementTree.Element("person", jid=jid)
    if show is not None:
        element.set("show", show)
        element.set("until", until if isinstance(until, str) else utc(until))
        for lang, words in ({"en": text} if texts is None else texts).items():
            ElementTree.SubElement(element, "status", {"xml:lang": lang}).text = words
    return ElementTree.tostring(element, "unicode")


def sight(watcher):
    """What a <watcher/> says: "true", "false" or "blocked"."""
    if watcher.get("blocked") != "true":
        return watcher.get("sees")
    assert watcher.get("sees") == "false"
    return "blocked"


def condition(answer):
    """The defined condition of an error; "result" of what is none."""
    error = next((child for child in answer if name(child) == "error"), None)
    return answer.get("type") if error is None else name(error[0])


def failures(answer):
    """jid -> reason, of those persons that something was wrong with."""
    assert answer.get("type") == "result", as_text(answer)
    return {f.get("jid"): f.get("reason") for f in answer.iter(f"{{{NS}}}failed")}


class Peer(Component):
    """The component's side of urn:calpresence:server:1."""

    def __init__(self, port, jid, secret):
        super().__init__(port, jid, secret)
        self.wait_up()
        self._ids = itertools.count(1)
        self._begin = 0  # where the feed of the last hello begins in `stanzas`

    def ask(self, kind, payload, to=DOMAIN, sender=None):
        """Sends an iq, returns its id."""
        ident = f"ask{next(self._ids)}"
        self.send(
            f"<iq type='{kind}' id='{ident}' from={quoteattr(sender or self.jid)}"
            f" to={quoteattr(to)}>{payload}</iq>"
        )
        return ident

    def answer(self, ident, timeout=TIMEOUT_S):
        return self.wait("iq", lambda iq: iq.get("id") == ident, timeout)

    def iq(self, kind, payload, to=DOMAIN):
        return self.answer(self.ask(kind, payload, to))

    def hello(self):
        """Begins a round and waits for the end of its snapshot; returns <hello/>."""
        answer = self.iq("set", f"<hello xmlns='{NS}' version='1'/>")
        assert answer.get("type") == "result", as_text(answer)
        self._begin = self.stanzas.items().index(answer)
        self.stanzas.wait_until(
            lambda: any(name(e) == "end" for e in self.feed()), what="the snapshot's end"
        )
        return answer[0]

    def _messages(self):
        messages = (s for s in self.stanzas.items(self._begin) if s.tag == MESSAGE)
        return [feed for m in messages for feed in m.iter(f"{{{NS}}}feed")]

    def feed(self):
        """All that the feed brought since the last hello, in order."""
        return [child for feed in self._messages() for child in feed]

    def numbers(self):
        return [int(feed.get("seq")) for feed in self._messages()]

    def clients(self):
        """Full JID -> (show, {language: text}, priority), by the feed."""
        known = {}
        for e in self.feed():
            if name(e) == "client":
                texts = {s.get(LANG): s.text or "" for s in e.findall("{*}status")}
                show = e.findtext("{*}show") or "available"
                known[e.get("jid")] = (show, texts, int(e.get("priority")))
            elif name(e) == "gone":
                known.pop(e.get("jid"), None)
        return known

    def wait_feed(self, condition_of_it, what="the feed"):
        """Waits until the condition, asked again with all that comes, holds."""
        return self.stanzas.wait_until(condition_of_it, what=what)

    def lay(self, *persons, complete=False):
        """Sends overlays; returns the answer."""
        flag = " complete='true'" if complete else ""
        return self.iq("set", f"<overlays xmlns='{NS}'{flag}>{''.join(persons)}</overlays>")

    def ask_overlays(self, *persons):
        """Sends overlays and waits for nothing; returns the iq's id."""
        return self.ask("set", f"<overlays xmlns='{NS}'>{''.join(persons)}</overlays>")

    def put(self, jid, *args, **keys):
        """One overlay, as of overlay(), which must be taken."""
        assert failures(self.lay(overlay(jid, *args, **keys))) == {}

    def take(self, jid):
        self.put(jid)

    def sees(self, jid, *watchers):
        """Which of the watchers may see this person."""
        inner = "".join(f"<watcher jid={quoteattr(w)}/>" for w in watchers)
        answer = self.iq("get", f"<sees xmlns='{NS}' jid={quoteattr(jid)}>{inner}</sees>")
        return [w.get("sees") == "true" for w in answer.iter(f"{{{NS}}}watcher")]

    def wait_sees(self, jid, watcher, value, after=0):
        """Waits for the push of this sight(), behind this many elements of the feed."""
        def pushed():
            for e in self.feed()[after:]:
                if name(e) == "sees" and e.get("jid") == jid:
                    for w in e:
                        if (w.get("jid"), sight(w)) == (watcher, value):
                            return True
            return False

        self.wait_feed(pushed, f"the push that {watcher} sees {escape(jid)}: {value}")
