"""What every watcher has to see: slow, plain, and written from the tables of the design
alone, so that it shares no mistake with the program.

What is seen of a person in publish mode `user` is a function of her own presence, what her
calendar lays on it, her contact list and the blocks, and of nothing else; in mode
`component` her clients are one. None stands for "not there".
"""

import itertools
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
    if own is None or calendar not in OVERLAYS or own.show == "dnd":
        return own
    show, statuses = OVERLAYS[calendar]
    return View(max(own.show, show, key=REACHABLE.index), texts(statuses), own.priority)


def aggregates(views, calendar):
    """What clients are seen as together: a client that takes messages, of the highest
    priority, the most reachable of these; of equals the last that said something, which
    nobody here keeps in mind."""
    able = [v for v in views if v.priority >= 0]
    if not able:
        return {None}

    def rank(view):
        return view.priority, -REACHABLE.index(view.show)

    best = max(map(rank, able))
    leading = [View(v.show, v.statuses, 0) for v in able if rank(v) == best]
    return {overlaid(view, calendar) for view in leading}


def bare(full):
    return full.partition("/")[0]


class Model:
    """People are named by bare JIDs, clients by full ones.

    tells_unblocked: the server tells somebody who is unblocked at once.
    """

    def __init__(self, people, tells_unblocked):
        self.people = list(people)
        self.tells_unblocked = tells_unblocked
        self.own = {}  # full -> View, of available clients
        self.asleep = set()  # of these, those whose connection is lost and may come back
        self.calendar = {person: "free" for person in people}
        self.laid = dict(self.calendar)  # what the server lays on; None: not known
        self.sees = set()  # (person, watcher): he is subscribed to her presence
        self.blocks = set()  # (who, whom)
        self._kept = {}  # (client, full) -> what he held when she blocked him

    # Clients.

    def online(self, person):
        return [full for full in self.own if bare(full) == person]

    def awake(self, person=None):
        return [f for f in self.own if f not in self.asleep and person in (None, bare(f))]

    def present(self, full, view):
        """Her client says something, be it for the first time."""
        if full not in self.own:
            self._forget(full)
        self.own[full] = view
        self._said(full)

    def gone(self, full):
        self.own.pop(full)
        self.asleep.discard(full)
        self._said(full)
        self._forget(full)

    def all_gone(self):
        """The server has restarted."""
        self.own = {}
        self.asleep = set()
        self._kept = {}
        self.laid = {person: "free" for person in self.people}

    def _said(self, full):
        """Whoever may hear it has heard of this client anew."""
        self._kept = {
            (c, f): view for (c, f), view in self._kept.items()
            if f != full or not self.may_hear(c, f)
        }

    def _forget(self, client):
        self._kept = {k: view for k, view in self._kept.items() if k[0] != client}

    # Lists.

    def subscribed(self, person, watcher):
        self.sees.add((person, watcher))

    def parted(self, person, watcher):
        """He is not subscribed any more."""
        self.sees.discard((person, watcher))
        self._let_go(person, watcher)

    def _let_go(self, person, watcher):
        self._kept = {
            (c, f): view for (c, f), view in self._kept.items()
            if (bare(f), bare(c)) != (person, watcher)
        }

    def blocked(self, who, whom, held):
        """held(client, full): what is held after the block. Who blocks forgets whom."""
        self.blocks.add((who, whom))
        self._let_go(whom, who)
        if not self.tells_unblocked:
            self._kept |= {
                (c, f): held(c, f) for c in self.awake(whom) for f in self.online(who)
            }

    def unblocked(self, who, whom):
        self.blocks.discard((who, whom))
        if not self.tells_unblocked:  # nor of who came meanwhile
            self._kept = dict.fromkeys(itertools.product(
                self.online(whom), self.online(who))) | self._kept

    # Calendars.

    def lay(self, person, state):
        """The server lays this on from now on."""
        was, self.laid[person] = self.laid[person], state
        for full in self.online(person):
            if overlaid(self.own[full], was) != overlaid(self.own[full], state):
                self._said(full)

    # What is to be seen.

    def may_hear(self, client, full):
        """Whether the server tells this client what that one says, once it says something."""
        person, watcher = bare(full), bare(client)
        return person == watcher or (
            (person, watcher) in self.sees
            and not {(person, watcher), (watcher, person)} & self.blocks
        )

    def allowed(self, client, full):
        """The views of `full` that an available client may hold."""
        own = self.own.get(full)
        if bare(full) == bare(client):
            return {own}
        hears = self.may_hear(client, full)
        view = overlaid(own, self.laid[bare(full)]) if hears else None
        if (client, full) in self._kept:
            return {self._kept[client, full]} | ({view} if hears else set())
        return {view}

    def together(self, person, calendar):
        """What her clients are seen as together."""
        return aggregates([self.own[f] for f in self.online(person)], calendar)


def pairs(people):
    return list(itertools.permutations(people, 2))
