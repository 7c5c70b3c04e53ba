"""What happens in a walk: people, their lists and calendars, the programs; and what has to
be seen of it."""

import collections
import contextlib
import random
import time

from model import REACHABLE, Model, View, bare, overlaid, pairs, texts
from world import COMPONENT, FAR, LEASE_S, PEOPLE, World, as_view, poll

STATUSES = [
    {},
    {"": "At lunch"},
    {"": "At my desk", "de": "Am Platz"},
    {"de": "Nur deutsch"},
    {"": "<&> \"ü\" '"},
]
STATES = ["free", "free", "busy", "busy", "oof", "tentative", "elsewhere"]
CLIENTS = 9
RIGHT_S = 30  # what is still wrong then stays so
# The component says that it is there each third of the lease.
SURE_S = LEASE_S * 2 / 3 - 1.5


class Wrong(Exception):
    """A client holds, or got, something that the model does not allow."""


class Step:
    """What happens in one step: what may pass by those who are there all the time."""

    def __init__(self, walk):
        self._walk = walk
        self.moved = set()  # clients that came, went, or were lost for a while
        self.parted = set()  # (person, person): something changed between them
        self.words = collections.Counter()  # full -> how often it said something
        self.edges = collections.Counter()  # person -> how often her overlay may change
        self._own = {full: {view} for full, view in walk.model.own.items()}
        self._laid = {person: {state} for person, state in walk.model.laid.items()}
        clients = walk.world.clients
        self._marks = {c: clients[c].presences.mark() for c in walk.model.awake()}

    def says(self, full, view):
        self.words[full] += 1
        self._own.setdefault(full, set()).add(view)

    def edge(self, person, state):
        self.edges[person] += 1
        self._laid[person].add(state)

    def part(self, person, watcher):
        self.parted |= {(person, watcher), (watcher, person)}

    def check(self):
        """Of somebody who was there all the time nobody ever sees that she is gone, nor
        anything but what she said with her overlay on it; nor anything twice."""
        model = self._walk.model
        for client in self._marks.keys() & set(model.awake()) - self.moved:
            for full in self._own.keys() & model.own.keys() - self.moved:
                watched = bare(full), bare(client)
                if model.may_hear(client, full) and watched not in self.parted:
                    self._check(client, full)

    def _check(self, client, full):
        person = bare(full)
        laid = {"free"} if person == bare(client) else self._laid[person]
        allowed = {overlaid(own, state) for own in self._own[full] for state in laid}
        most = self.words[full] + (self.edges[person] if person != bare(client) else 0)
        got = self._walk.world.clients[client].presences.items(self._marks[client])
        got = [p for p in got if p.sender == full]
        if len(got) > most or any(not p.available or as_view(p) not in allowed for p in got):
            lines = [f"{client} got of {full}, at most {most} were to come:", *map(str, got)]
            raise Wrong("\n    ".join(lines))


class UserWalk:
    """Steps through publish mode `user`, each followed by a comparison of every view with
    the model. An action returns whether it could be done."""

    comparisons = 0
    loses = True  # connections may be lost without a word
    sleeps = True  # and resumed

    def __init__(self, setting, seed):
        self.random = random.Random(seed)
        self.world = World(setting)
        self.model = Model(self.world.people, self.world.server.name == "prosody")
        self.up = False
        self.history = collections.deque(maxlen=400)
        self._ends = {}  # person -> when the meeting ends that is waited for
        self._listed_at = 0  # when a contact or block list changed last
        self.now = Step(self)

    def weights(self):
        people = {
            self.log_in: 14,
            self.say: 16,
            self.log_out: 5,
            self.leave: 3,
            self.cut: 4 * self.loses,
            self.sleep: 4 * self.sleeps,
            self.wake: 6,
            self.change_calendar: 20,
            self.subscribe: 8,
            self.unsubscribe: 2,
            self.cancel: 2,
            self.remove: 1,
            self.block: 2,
            self.unblock: 3,
        }
        programs = {
            self.pass_an_edge: 1,
            self.restart_component: 1.5,
            self.lose_component: 1.5,
            self.reload: 1,
            self.restart_server: 0.5,
        }
        return people | (programs if self.up else {})

    def step(self):
        self.now = Step(self)
        for _ in range(self.random.choice([1, 1, 2, 3])):
            self.act()
        self.settle()
        self.compare()
        self.now.check()

    def act(self):
        weights = self.weights()
        for _ in range(100):
            if self.random.choices(list(weights), weights.values())[0]():
                return

    def note(self, text):
        self.history.append(text)
        return True

    def choose(self, items):
        items = sorted(items)
        return self.random.choice(items) if items else None

    # What has to be seen.

    def settle(self):
        self.world.settle_clients(self.model.asleep)
        if self.up:
            self.world.wait_read(self._calendars, self._ends)
            self.lay_all()
            self.world.settle_clients(self.model.asleep)

    def _calendars(self):
        """What the calendars of those say who are there: on a slow machine a meeting may end
        while it is waited for."""
        now = time.time()
        over = {p: "free" for p, end in self._ends.items() if now >= end}
        return {p: (self.model.calendar | over)[p] for p in PEOPLE if self.model.online(p)}

    def lay_all(self):
        for person, state in self._calendars().items():
            self.model.lay(person, state)

    def compare(self, timeout=RIGHT_S):
        """Every view is right, or becomes so."""
        try:
            poll(lambda: not self.wrong(), timeout, "what is right")
        except AssertionError:
            raise Wrong("\n".join(self.wrong())) from None

    def wrong(self):
        clients = self.model.awake()
        views = [(c, f, self.model.allowed(c, f)) for c in clients for f in self.world.all if f != c]
        return self.complain(views)

    def complain(self, views):
        """What is to be said of (client, full, allowed views)."""
        self.comparisons += len(views)
        lines = []
        for client, full, allowed in views:
            held = self.world.clients[client].held(full)
            if held not in allowed:
                got = self.world.clients[client].heard(full)[-6:]
                lines += [f"{client} of {full}:", *(f"    expected {v}" for v in allowed),
                          f"    seen     {held}", *(f"    got      {p}" for p in got)]
        return lines

    # Clients and calendars.

    def log_in(self):
        new = [f for f in self.world.all if f not in self.model.own and self._is_clear(bare(f))]
        full = self.choose(new)
        if full is None or len(self.model.own) >= CLIENTS:
            return False
        self.note(f"{full} comes")
        if full not in self.world.clients:
            managed = self.random.random() < 0.4
            self.world.connect(full, managed and self.sleeps and bare(full) != FAR)
        # What crossed its `unavailable` came to nobody.
        self.world.clients[full].forget()
        self.now.moved.add(full)
        self._say(full)
        return True

    def _is_clear(self, person):
        """Whether it is known what the server lays on her when she comes."""
        return self.up or self.model.laid[person] is not None or self.model.online(person)

    def say(self):
        full = self.choose(self.model.awake())
        if full:
            self._say(full)
        return full is not None

    def _say(self, full):
        show = self.choose(REACHABLE)
        view = View(show, texts(self.random.choice(STATUSES)),
                    self.random.choice([0, 0, 5, 127, -1, -128]))
        language = self.random.choice(["", "", "de"])
        if language and len(view.statuses) != 1:
            language = ""
        if language:
            view = View(view.show, tuple(("de", t) for _, t in view.statuses), view.priority)
        self.note(f"{full} says {view}")
        self._send(full, view, language)

    def _send(self, full, view, language=""):
        self.now.says(full, view)
        self.world.clients[full].say(view, language)
        self.model.present(full, view)

    def say_again(self, person):
        for full in self.model.awake(person):
            self._send(full, self.model.own[full])

    def log_out(self):
        full = self.choose(self.world.clients.keys() - self.model.asleep)
        if full is None:
            return False
        self.note(f"{full} logs out")
        self.world.clients.pop(full).close()
        self._gone(full)
        return True

    def leave(self):
        full = self.choose(self.model.awake())
        if full is None:
            return False
        self.note(f"{full} says unavailable")
        client = self.world.clients[full]
        client.leave()
        client.settle()
        client.forget()
        self._gone(full)
        return True

    def cut(self):
        """A connection is lost that cannot be resumed."""
        full = self.choose(f for f, c in self.world.clients.items() if not c.managed)
        if full is None:
            return False
        self.note(f"{full} is cut off")
        self.world.clients.pop(full).cut()
        if bare(full) != FAR:
            self.world.wait_gone(full)
        self._gone(full)
        self._wait_said(full)
        return True

    def _wait_said(self, full):
        """ejabberd tells of a lost client after that is gone: a block that comes between
        keeps it from the one who is blocked, for ever."""
        for client in self.model.awake(bare(full)):
            poll(lambda client=client: self.world.clients[client].held(full) is None,
                 what=f"{full} being gone for {client}")

    def sleep(self):
        """A connection is lost that can be resumed: for others she is still there."""
        able = [f for f in self.model.awake() if self.world.clients[f].managed]
        full = self.choose(able)
        if full is None:
            return False
        self.note(f"{full} falls asleep")
        self.settle()
        self.world.clients[full].cut()
        self.model.asleep.add(full)
        self.now.moved.add(full)
        return True

    def wake(self):
        full = self.choose(self.model.asleep)
        if full is None:
            return False
        self.note(f"{full} wakes up")
        self.world.clients[full].resume()
        self.model.asleep.discard(full)
        self.now.moved.add(full)
        return True

    def _gone(self, full):
        self.now.moved.add(full)
        if full in self.model.own:
            self.model.gone(full)

    def change_calendar(self):
        person = self.choose(set(PEOPLE) - self._ends.keys())
        state = self.random.choice(STATES)
        self.note(f"{person} is {state}")
        self._calendar(person, state)
        return True

    def _calendar(self, person, state, end=None):
        self.world.set_calendar(person, state, end)
        self.model.calendar[person] = state
        self.now.edge(person, state)

    def _begin_to_end(self, seconds):
        """Somebody is in a meeting that ends in so many seconds: who, or None."""
        person = self.choose(p for p in PEOPLE if self.model.online(p))
        if person is None:
            return None
        self._ends[person] = int(time.time()) + seconds
        self.note(f"{person} is busy for {seconds} s")
        self._calendar(person, "busy", self._ends[person])
        self.settle()
        return person

    def _end(self, person):
        end = self._ends[person]
        poll(lambda: time.time() > end, what="the end of a meeting")
        del self._ends[person]
        self.model.calendar[person] = "free"
        self.now.edge(person, "free")
        if self.model.online(person):
            self.model.lay(person, "free")

    def pass_an_edge(self):
        """A meeting that the component sees coming to its end."""
        person = self._begin_to_end(4)
        if person:
            self._end(person)
        return person is not None

    # Contact and block lists.

    def _pair(self, candidates):
        """Two people of whom both are online with all their clients, and neither blocks the
        other."""
        model = self.model
        return self.choose(
            (p, w) for p, w in candidates
            if model.awake(p) and model.awake(w)
            and not {(p, w), (w, p)} & model.blocks
            and model.asleep.isdisjoint(model.online(p) + model.online(w))
        )

    def client_of(self, person):
        return self.world.clients[self.choose(self.model.awake(person))]

    def _list_changes(self, pair, text):
        self.note(text)
        self.now.part(*pair)
        self._listed_at = time.monotonic()

    def subscribe(self):
        pair = self._pair(set(pairs(self.world.people)) - self.model.sees)
        if pair is None:
            return False
        person, watcher = pair
        self._list_changes(pair, f"{watcher} subscribes to {person}")
        answers = self.client_of(person)
        mark = answers.presences.mark()
        self.client_of(watcher).subscribe(person)
        answers.wait_presence(
            lambda p: (p.type, bare(p.sender)) == ("subscribe", watcher), after=mark)
        answers.approve(watcher)
        self.model.subscribed(person, watcher)
        self.settle()
        return True

    def unsubscribe(self):
        return self._part("{1} unsubscribes from {0}", lambda person, watcher:
                          self.client_of(watcher).unsubscribe(person))

    def cancel(self):
        return self._part("{0} takes {1}'s subscription back", lambda person, watcher:
                          self.client_of(person).revoke(watcher))

    def remove(self):
        return self._part("{0} removes {1}", lambda person, watcher:
                          self.client_of(person).remove(watcher), both=True)

    def _part(self, text, do, both=False):
        pair = self._pair(self.model.sees)
        if pair is None:
            return False
        self._list_changes(pair, text.format(*pair))
        do(*pair)
        self.settle()
        for person, watcher in {pair, pair[::-1]} if both else {pair}:
            if (person, watcher) in self.model.sees:
                self.model.parted(person, watcher)
                self.forget(watcher, person)
        return True

    def forget(self, watcher, jid):
        """As clients do with who is no contact any more."""
        for full, client in self.world.clients.items():
            if bare(full) == watcher:
                client.forget(jid)

    def block(self):
        pair = self._pair(self.model.sees)
        if pair is None or len(self.model.blocks) > 2:
            return False
        who, whom = self.random.choice([pair, pair[::-1]])
        self._list_changes(pair, f"{who} blocks {whom}")
        self.client_of(who).block(whom)
        self.settle()
        self.forget(who, whom)
        self.model.blocked(who, whom, lambda c, f: self.world.clients[c].held(f))
        return True

    def unblock(self):
        model = self.model
        pair = self.choose(
            (who, whom) for who, whom in model.blocks
            if model.awake(who) and model.asleep.isdisjoint(model.online(who) + model.online(whom))
        )
        if pair is None:
            return False
        who, whom = pair
        self._list_changes(pair, f"{who} unblocks {whom}")
        self.client_of(who).unblock(whom)
        self.model.unblocked(who, whom)
        self.settle()
        # What he said meanwhile was kept from her, and no server repeats it.
        self.say_again(whom)
        return True

    # The programs.

    def start_component(self):
        self.world.daemon.start()
        self.up = True
        # What is not said again of those who are not there goes, some time.
        for person in self.model.people:
            if not self.model.online(person) and self.world.tells_module:
                self.model.laid[person] = None
        self.settle()
        return self.note("the component has started")

    def _end_component(self):
        self.up = False
        if self.random.random() < 0.5:
            self.note("the component is killed")
            self.world.daemon.kill9()
            return False
        self.note("the component stops")
        self.world.daemon.stop()
        return True

    def restart_component(self):
        """Nobody notices."""
        self.settle()
        self._end_component()
        return self.start_component()

    def lose_component(self):
        """What was said by one that is away holds until its end, and not longer than the
        lease."""
        self.settle()
        self.compare()
        ends = self._begin_to_end(4) if self.random.random() < 0.4 else None
        since = time.monotonic()
        self._end_component()
        for _ in range(self.random.randint(0, 2)):
            self.act()
        self._compare_while_sure(since)
        if ends:
            self._end(ends)
            self._compare_while_sure(since)
        if self.random.random() < 0.4:
            self._take_back()
            self.compare()
            self.note("what it said is taken back")
        elif time.monotonic() > since + SURE_S:
            self._take_back()
        return self.start_component()

    def _compare_while_sure(self, since):
        self.world.settle_clients(self.model.asleep)
        left = since + SURE_S - time.monotonic()
        if left > 0:
            self.compare(left)

    def _take_back(self):
        for person in self.world.people:
            self.model.lay(person, "free")
            for state in "free", self.model.calendar[person]:
                self.now.edge(person, state)

    def reload(self):
        self.settle()
        generation = self.world.daemon.status()["generation"]
        self.world.daemon.sighup()
        self.world.daemon.wait_status(lambda s: s["generation"] > generation, "a reload")
        for person in self.model.people:
            if not self.model.online(person) and self.world.tells_module:
                self.model.laid[person] = None
        self.settle()  # a new stream has begun
        return self.note("the component has reloaded")

    def restart_server(self):
        self.history.clear()
        self.note("the server restarts")
        self.world.observer.cut()
        for full, client in self.world.clients.items():
            client.close() if bare(full) == FAR else client.cut()
        self.world.clients.clear()
        # ejabberd keeps two seconds of contact lists in memory.
        if self.random.random() < 0.5 and time.monotonic() > self._listed_at + 5:
            self.world.server.kill()
        else:
            with contextlib.suppress(AssertionError):  # it did not heed and was killed
                self.world.server.stop()
        self.world.server.start()
        self.world.reconnect_observer()
        self.model.all_gone()
        self.now = Step(self)
        self.settle()
        return True


def address(person):
    """Where the component shows her."""
    return f"{person.partition('@')[0]}@{COMPONENT}/calendar"


class ComponentWalk(UserWalk):
    """Steps through publish mode `component`: people have each other's contact at the
    component in their lists. With the module in the server who may see her is what the
    server says; without it everybody may."""

    def __init__(self, setting, seed):
        self.by_module = setting.options.module
        self.sleeps = setting.options.usual
        super().__init__(setting, seed)
        # Without the module ejabberd tells no component of a lost session.
        self.loses = self.by_module or self.world.server.complete
        self._asked = set()  # (person, watcher): he has her contact in his list
        self._approved = set()  # of these, whom the component has let see her
        # (client, person) -> the views of which a component that was killed left one there
        self._left = {}

    def weights(self):
        weights = super().weights()
        if self.up:
            weights |= {self.add_contact: 8, self.remove_contact: 3}
        if not self.by_module:  # there nobody's list decides anything
            for action in self.block, self.unblock, self.remove:
                weights.pop(action)
        return weights

    def add_contact(self):
        return self._change_list("adds", "subscribe", set(pairs(PEOPLE)) - self._asked)

    def remove_contact(self):
        return self._change_list("removes", "unsubscribe", self._asked)

    def _change_list(self, verb, kind, candidates):
        pair = self.choose((p, w) for p, w in candidates if self.model.awake(w))
        if pair is None:
            return False
        person, watcher = pair
        self.note(f"{watcher} {verb} {person}'s contact")
        getattr(self.client_of(watcher), kind)(bare(address(person)))
        self._asked ^= {pair}
        self._approved.discard(pair)
        self._listed_at = time.monotonic()
        self.settle()
        if kind == "unsubscribe":
            self.forget(watcher, bare(address(person)))
        return True

    def leave(self):
        """Who says so while the component is away, and stays connected, is taken for there
        by one that can only ask her client whether it is."""
        return (self.up or self.by_module or self.world.server.complete) and super().leave()

    def _part(self, *args, **keys):
        return super()._part(*args, **keys) and self._turned_out()

    def block(self):
        return super().block() and self._turned_out()

    def _turned_out(self):
        """It has seen that he may not see her any more before he may again."""
        if self.up:
            self.settle()
            self.compare()
        return True

    def _part(self, text, do, both=False):
        """Who is not to see her any more is turned out before he may ask again."""
        done = super()._part(text, do, both)
        if done and self.up:
            self.lay_all()
            self.compare()
        return done

    def _admits(self, pair):
        return not self.by_module or (pair in self.model.sees and not self._is_hidden(pair))

    def _is_hidden(self, pair):
        return self.by_module and pair in self.model.blocks

    def lay_all(self):
        """Her own address is not touched. Whom she lets see her is let in; whoever was and
        is not any more has to ask again, but for whom she blocks."""
        for pair in set(self._asked):
            if self._admits(pair):
                self._approved.add(pair)
            elif pair in self._approved and not self._is_hidden(pair):
                self._asked.discard(pair)
                self._approved.discard(pair)

    def _end(self, person):
        super()._end(person)
        self.model.laid = {person: "free" for person in self.model.people}

    def _gone(self, full):
        super()._gone(full)
        self._left = {key: held for key, held in self._left.items() if key[0] != full}

    def _end_component(self):
        """Those whose connection is lost hear it when they resume that."""
        left = {(c, p): self._allowed(c, p) for c in self.model.own for p in PEOPLE}
        left |= {(c, p): {self.world.clients[c].held(address(p))}
                 for c in self.model.awake() for p in PEOPLE}
        self._left = {} if super()._end_component() else left

    def start_component(self):
        super().start_component()
        self._left = {}
        self._hear_all()
        return True

    def reload(self):
        super().reload()
        self._hear_all()
        return True

    def _hear_all(self):
        """A partial server does not tell what was said before."""
        if not self.by_module and not self.world.server.complete:
            for person in PEOPLE:
                self.say_again(person)

    def wrong(self):
        views = [(c, address(p), self._allowed(c, p)) for c in self.model.awake() for p in PEOPLE]
        return super().wrong() + self.complain(views)

    def _allowed(self, client, person):
        if not self.up:
            return self._left.get((client, person), {None})
        pair = person, bare(client)
        if pair not in self._approved or self._is_hidden(pair):
            return {None}
        return self.model.together(person, self._calendars().get(person, "free"))
