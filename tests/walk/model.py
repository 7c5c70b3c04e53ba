"""What every watcher is promised to see in publish mode `user`: slow, plain, and written
from the tables of the design alone, so that it shares no mistake with the program.

The model is told what people do and what happens to the servers; `allowed()` says what a
client may hold of a full JID at the end of a step: one view as a rule, several where
docs/USER-MODE.md promises less. None stands for "not there".
"""

from dataclasses import dataclass

# Most reachable first.
REACHABLE = ["chat", "available", "away", "xa", "dnd"]

# Calendar state -> show and texts by language; a state that is not here leaves presence
# alone.
OVERLAYS = {
    "busy": ("dnd", {"": "In a meeting", "de": "In einer Besprechung"}),
    "oof": ("away", {"": "Out of office"}),
}


def texts(statuses):
    return tuple(sorted(statuses.items()))


@dataclass(frozen=True)
class View:
    """A presence as it is seen."""

    show: str
    statuses: tuple  # of (language, text), sorted
    priority: int


def overlaid(own, calendar):
    """The aggregation table."""
    if calendar not in OVERLAYS:
        return own
    show, statuses = OVERLAYS[calendar]
    if own.show == "dnd":
        return own
    less = max(own.show, show, key=REACHABLE.index)
    return View(less, texts(statuses), own.priority)


def bare(full):
    return full.partition("/")[0]


class Model:
    """People are named by bare JIDs, clients by full ones.

    complete: the server tells the component of every lost session.
    blocking: the component can read block lists.
    overhears: it may also learn of a client by what others receive of it.
    """

    def __init__(self, people, complete=True, blocking=True, overhears=False):
        self.people = list(people)
        self.complete = complete
        self.blocking = blocking
        self.overhears = overhears
        self.own = {}  # full -> View, of available clients
        self.calendar = {person: "free" for person in people}
        self.sees = set()  # (person, watcher): he is subscribed to her presence
        self.blocks = set()  # (who, whom)
        self.up = False  # the component runs
        self.heard = {}  # full -> View that the component heard last
        self._overheard = {}  # full -> views of which it may have learned one since
        self._strangers = set()  # clients that came while nobody told the component
        self._left = {}  # (client, full) -> views that a component that ended left there
        self._unread = {}  # (person, watcher) -> when it changed behind the component
        self._words = {}  # (person, watcher) -> what all said when she removed or blocked him
        self._deaf = set()  # (client, full): lost for him, since he blocked her
        self._passed = {}  # (client, full) -> views that he may have got since all was sure
        self._edges = {}  # person -> state before, when, who of her clients was how
        self._changed_at = 0  # when a contact or block list changed last

    # Clients.

    def online(self, person):
        return [full for full in self.own if bare(full) == person]

    def present(self, full, view):
        """Her client says something, be it for the first time."""
        person = bare(full)
        if person not in map(bare, self.heard.keys() | self._overheard.keys()):
            self._rosters_read(person)  # the component takes it for a login
        if full not in self.own:
            self._forget_client(full)
            self._strangers.add(full)
        self.own[full] = view
        if self.up or self.complete:
            self.heard[full] = view
            self._overheard.pop(full, None)
            self._strangers.discard(full)
        elif self.overhears:
            self._overheard.setdefault(full, set()).add(view)
        self._said_again(full)
        self._pass()

    def gone(self, full, silently=False):
        """Her client is not available any more; silently: the server tells the contacts,
        but may not tell the component."""
        if self.complete or (self.up and not silently):
            self.found_gone(full)
        self.own.pop(full, None)
        self._said_again(full)
        self._forget_client(full)
        self._pass()

    def found_gone(self, full):
        """The component is known to have noticed."""
        self.heard.pop(full, None)
        self._overheard.pop(full, None)

    def ghosts(self):
        """Clients that are gone and that the component may still believe in."""
        return sorted((self.heard.keys() | self._overheard.keys()) - self.own.keys())

    def _forget_client(self, full):
        """What it knew of others is gone with it."""
        self._strangers.discard(full)
        self._left = {k: v for k, v in self._left.items() if k[0] != full}
        self._deaf = {k for k in self._deaf if k[0] != full}
        self._passed = {k: v for k, v in self._passed.items() if k[0] != full}

    def _said_again(self, full):
        """The server has told everybody the truth about this client."""
        self._left = {k: v for k, v in self._left.items() if k[1] != full}
        # Who is no contact any more does not hear that either: on Prosody a block swallows
        # our `unavailable` for him, too.
        self._deaf = {(c, f) for c, f in self._deaf if f != full or not self.hears(c, f)}

    # Contact and block lists.

    def subscribed(self, person, watcher, now):
        self.sees.add((person, watcher))
        self._changed(person, watcher, now)
        if (watcher, person) in self.sees:
            # Prosody then probes the other way too: she gets his original once more.
            self._changed(watcher, person, now, originals=True)

    def unsubscribed(self, person, watcher, now):
        self.sees.discard((person, watcher))
        self._words[person, watcher] = dict(self.own)
        self._changed(person, watcher, now)

    def blocked(self, who, whom, now):
        self.blocks.add((who, whom))
        self._words[who, whom] = dict(self.own)
        self._changed(who, whom, now)
        self._server_may_hide(who, whom)

    def unblocked(self, who, whom, now, resources):
        """resources: all full JIDs that `whom` may have."""
        self.blocks.discard((who, whom))
        self._changed(who, whom, now)
        # What she said meanwhile was kept from him, and nobody repeats it.
        self._deaf |= {(c, full) for c in self.online(who) for full in resources}
        self._server_may_hide(who, whom)

    def _server_may_hide(self, who, whom):
        """ejabberd does not show her to him again, nor that she left, until she speaks; and
        he may hold what the component told him while she blocked him."""
        if not self.blocking:
            pairs = {(c, f) for c in self.online(whom) for f in self.online(who)}
            told = {(c, f) for c, f in self._passed if (bare(c), bare(f)) == (whom, who)}
            self._deaf |= pairs | told

    def _changed(self, person, watcher, now, originals=False):
        """originals: he may get hers again, or keep what he has; else he begins anew."""
        self._unread[person, watcher] = self._changed_at = now
        for client, full in list(self._left):
            if (bare(full), bare(client)) == (person, watcher):
                views = self._left.pop((client, full))
                if originals:
                    self._left[client, full] = views | {self.own.get(full)}
        self._pass()

    def lists_changed(self, now):
        """In a manner that decides nothing here."""
        self._changed_at = now

    def changed_before(self, moment):
        """Whether no contact or block list changed since."""
        return self._changed_at < moment

    def _rosters_read(self, person=None):
        if self.up:
            self._unread = {
                pair: at
                for pair, at in self._unread.items()
                if person is not None and pair[0] != person
            }

    # Calendars.

    def edge(self, person, calendar, now):
        """Her calendar's state is another one from now on."""
        was, _, seen = self._edges.get(person, (self.calendar[person], now, self.heard))
        self.calendar[person] = calendar
        known = {k: v for k, v in self.own.items() if self.heard.get(k) == v == seen.get(k)}
        self._edges[person] = was, now, known
        self._pass()

    def settled(self, roster_max_age):
        """What happened has come everywhere: a list older than roster_max_age was read
        before an edge that showed."""
        for person, (was, at, seen) in self._edges.items():
            steady = [self.own[k] for k in self.online(person) if seen.get(k) == self.own[k]]
            state = self.calendar[person]
            if self.up and any(overlaid(v, was) != overlaid(v, state) for v in steady):
                self._unread = {
                    pair: changed
                    for pair, changed in self._unread.items()
                    if pair[0] != person or at - changed <= roster_max_age
                }
        self._edges = {}
        self._passed = {pair: set(self.allowed(*pair)) for pair in self._passed}

    def _pass(self):
        """What is shown now may be the last that somebody gets."""
        for client in self.own:
            for full in self.own.keys() | self.heard.keys() | self._overheard.keys():
                if (bare(client), bare(full)) not in self.blocks:
                    views = self._passed.setdefault((client, full), {None})
                    views |= self._overlays(full)
                    if self._may_get_words(full, client):
                        views |= {self.own.get(full)} | self.may_be_heard(full)

    # The component and the server.

    def component_starts(self):
        self.up = True
        self._left = {}
        self._rosters_read()

    def component_stops(self):
        """Cleanly: gives every original back."""
        self._pass()
        self._leave()
        self._left = {pair: views for pair, views in self._left.items() if len(views) > 1}

    def component_killed(self):
        """Whatever was out stays where it is."""
        self._leave()

    def _leave(self):
        self._left = {pair: self.allowed(*pair) for pair in self._passed}
        self.up = False

    def server_restarts(self):
        """Every client is gone, and all that they knew with them."""
        if self.complete:
            self.heard = {}
        self.own = {}
        self._left = {}
        self._unread = {}
        self._deaf = set()
        self._strangers = set()
        self._passed = {}

    # What is to be seen.

    def _is_watched(self, full, client):
        person, watcher = bare(full), bare(client)
        return (
            person != watcher
            and (person, watcher) in self.sees
            and (person, watcher) not in self.blocks
        )

    def hears(self, client, full):
        """Whether the server tells this client what that one says."""
        if full not in self.own:
            return False
        return bare(client) == bare(full) or (
            self._is_watched(full, client)
            and (bare(client), bare(full)) not in self.blocks
        )

    def may_be_heard(self, full):
        """What the component may take her client for."""
        views = ({self.heard.get(full)} | self._overheard.get(full, set())) - {None}
        # It may have found out that a client is gone, or not have heard of it at all.
        return views | ({None} if full not in self.own or full not in self.heard else set())

    def _published(self, full):
        """What the component may have told of what it heard."""
        calendar = self.calendar[bare(full)]
        views = self.may_be_heard(full) - {None}
        return views | {overlaid(view, calendar) for view in views}

    def _overlays(self, full):
        """What of that hides her own words."""
        return self._published(full) - self.may_be_heard(full)

    def _may_get_words(self, full, client):
        """Whom she has removed or blocked gets at the most, until that is found out, what
        she had said by then."""
        pair = bare(full), bare(client)
        if pair in self.sees and not (self.blocking and pair in self.blocks):
            return True
        return self._words.get(pair, {}).get(full) == self.own.get(full)

    def misses(self, client, full):
        """Whether things are kept from him, or told him, that are not as the component
        believes: he then holds what passed at any time since, or nothing."""
        person, watcher = bare(full), bare(client)
        return (
            (watcher, person) in self.blocks
            or (client, full) in self._deaf
            or ((person, watcher) in self.blocks and not self.blocking)
            or ((person, watcher) in self._unread and not self._is_watched(full, client))
        )

    def is_sure(self, client, full):
        """Whether the component knows all that decides what he sees of her."""
        return not (
            self.misses(client, full)
            or (bare(full), bare(client)) in self._unread
            or client in self._strangers
            or self.may_be_heard(full) != {self.own.get(full)}
        )

    def allowed(self, client, full):
        """The views of `full` that an available client may hold."""
        own = self.own.get(full)
        if bare(full) == bare(client):
            return {own}  # her own clients are never addressed
        if self.misses(client, full):
            return self._passed.get((client, full), set()) | {None}
        if not self._is_watched(full, client):
            return {None}
        if not self.up:
            return self._left.get((client, full), {own})
        if self.is_sure(client, full):
            return {overlaid(own, self.calendar[bare(full)]) if own else None}
        return {own} | self._published(full)
