"""What every watcher is promised to see in publish mode `user`: slow, plain, and written
from the tables of the design alone, so that it shares no mistake with the program.

The model is told what people do and what happens to the servers; `allowed()` says what a
client may hold of a full JID at the end of a step. None stands for "not there".
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

ANYTHING = object()  # nothing is promised here; docs/USER-MODE.md says why


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
    """

    def __init__(self, people, complete=True, blocking=True):
        self.people = list(people)
        self.complete = complete
        self.blocking = blocking
        self.own = {}  # full -> View, of available clients
        self.calendar = {person: "free" for person in people}
        self.sees = set()  # (person, watcher): he is subscribed to her presence
        self.blocks = set()  # (who, whom)
        self.up = False  # the component runs
        self._left = {}  # (client, full) -> View that a killed component left there
        self._unread = {}  # (person, watcher) -> when it changed behind the component
        self._deaf = set()  # (client, full): lost for him, since he blocked her
        self._ghosts = set()  # full JIDs that the component may still believe in
        self._edges = {}  # person -> state before, when, who of her clients was how
        self._changed_at = 0  # when a contact or block list changed last
        self._unheard = set()  # full JIDs that spoke behind the component's back

    # Clients.

    def online(self, person):
        return [full for full in self.own if bare(full) == person]

    def present(self, full, view):
        """Her client says something, be it for the first time."""
        person = bare(full)
        # A login, unless a client that is gone still counts as hers.
        if not self.online(person) and person not in map(bare, self._ghosts):
            self._rosters_read(person)
        if full not in self.own:
            self._forget_client(full)
        self.own[full] = view
        if self.up or self.complete:
            self._unheard.discard(full)
        else:
            self._unheard.add(full)
        self._said_again(full)
        self._ghosts.discard(full)

    def gone(self, full, silently=False):
        """Her client is not available any more; silently: the server tells the contacts,
        but may not tell the component."""
        if (silently or not self.up) and not self.complete and full in self.own:
            self._ghosts.add(full)
        self.own.pop(full, None)
        self._unheard.discard(full)
        self._said_again(full)
        self._forget_client(full)

    def found_gone(self, full):
        """The component is known to have noticed."""
        self._ghosts.discard(full)

    def ghosts(self):
        return sorted(self._ghosts)

    def _forget_client(self, full):
        self._left = {k: v for k, v in self._left.items() if k[0] != full}
        self._deaf = {k for k in self._deaf if k[0] != full}

    def _said_again(self, full):
        """The server has told everybody the truth about this client."""
        person = bare(full)
        self._left = {k: v for k, v in self._left.items() if k[1] != full}
        if full in self.own:
            self._deaf = {
                (client, other)
                for client, other in self._deaf
                if other != full
                or {(bare(client), person), (person, bare(client))} & self.blocks
            }

    # Contact and block lists.

    def subscribed(self, person, watcher, now):
        self.sees.add((person, watcher))
        self._changed(person, watcher, now)
        if (watcher, person) in self.sees:
            # Servers then probe the other way too: she gets his original once more.
            self._changed(watcher, person, now)

    def unsubscribed(self, person, watcher, now):
        self.sees.discard((person, watcher))
        self._changed(person, watcher, now)

    def blocked(self, who, whom, now):
        self.blocks.add((who, whom))
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
        """ejabberd does not show her to him again, nor that she left, until she speaks."""
        if not self.blocking:
            clients, resources = self.online(whom), self.online(who)
            self._deaf |= {(c, full) for c in clients for full in resources}

    def _changed(self, person, watcher, now):
        self._unread[person, watcher] = self._changed_at = now
        self._left = {
            (client, full): view
            for (client, full), view in self._left.items()
            if (bare(full), bare(client)) != (person, watcher)
        }

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
        was, _, seen = self._edges.get(person, (self.calendar[person], now, self.own))
        self.calendar[person] = calendar
        self._edges[person] = was, now, {k: v for k, v in self.own.items() if seen.get(k) == v}

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

    # The component and the server.

    def component_starts(self):
        self.up = True
        self._left = {}
        self._rosters_read()

    def component_stops(self):
        """Cleanly: gives every original back."""
        self.up = False

    def component_killed(self):
        """Whatever was out stays where it is."""
        for client in self.own:
            for full, own in self.own.items():
                if self._is_watched(full, client):
                    view = overlaid(own, self.calendar[bare(full)])
                    if view != own:
                        self._left[client, full] = view
        self.up = False

    def server_restarts(self):
        """Every client is gone, and all that they knew with them."""
        self._ghosts = set() if self.complete else self._ghosts | set(self.own)
        self.own = {}
        self._left = {}
        self._unread = {}
        self._deaf = set()
        self._unheard = set()

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

    def allowed(self, client, full):
        """The views of `full` that an available client may hold: a set, or ANYTHING."""
        person, watcher = bare(full), bare(client)
        own = self.own.get(full)
        if person == watcher:
            return {own}  # her own clients are never addressed
        if (watcher, person) in self.blocks or (client, full) in self._deaf:
            return ANYTHING
        if (person, watcher) in self._unread:
            return ANYTHING
        if (person, watcher) in self.blocks and not self.blocking:
            return ANYTHING
        if full in self._ghosts or {client, full} & self._unheard:
            return ANYTHING
        if own is None or not self._is_watched(full, client):
            return {None}
        if self.up:
            return {overlaid(own, self.calendar[person])}
        return {self._left.get((client, full), own)}
