"""What happens in a walk: people, their lists and calendars, the programs."""

import collections
import contextlib
import random
import time

import model as model_of
from model import Model, View, bare, texts
from passing import Passing
from world import ALL, PEOPLE, ROSTER_MAX_AGE_S, World, known_resources, poll

STATUSES = [
    {},
    {"": "At lunch"},
    {"": "At my desk", "de": "Am Platz"},
    {"de": "Nur deutsch"},
    {"": "<&> \"ü\" '"},
]


class Actions:
    """Draws what happens, does it in the world and tells the model. Each action returns
    whether it could."""

    mode = "user"

    def __init__(self, server, seed):
        self.random = random.Random(seed)
        self.world = World(server, self.mode)
        complete = self.world.server.complete
        self.model = Model(PEOPLE, complete=complete, blocking=complete,
                           overhears=self.world.server.options.received)
        self.history = collections.deque(maxlen=400)
        self.passing = Passing(self)
        self._ends = {}  # person -> when the meeting ends that is waited for
        self._weights = {
            self.log_in: 14,
            self.say: 16,
            self.log_out: 5,
            self.leave: 3,
            self.cut: 4,
            self.change_calendar: 20,
            self.pass_an_edge: 1,
            self.subscribe: 8,
            self.unsubscribe: 2,
            self.cancel: 2,
            self.remove: 1,
            self.block: 2,
            self.unblock: 3,
            self.stop_component: 1.5,
            self.kill_component: 1.5,
            self.reload: 1,
            self.restart_server: 0.5,
        }

    # Drawing.

    def choose(self, items):
        items = sorted(items)
        return self.random.choice(items) if items else None

    def view(self):
        show = self.choose(model_of.REACHABLE)
        priority = self.random.choice([0, 0, 5, 127, -1, -128])
        return View(show, texts(self.random.choice(STATUSES)), priority)

    def available(self, person=None):
        return [f for f in self.model.own if person in (None, bare(f))]

    def note(self, text):
        self.history.append(text)
        return True

    # Clients and calendars.

    def log_in(self):
        full = self.choose(f for f in ALL if f not in self.model.own)
        if full is None or len(self.model.own) > 8:
            return False
        self.note(f"{full} comes")
        if full not in self.world.clients:
            self.world.connect(full)
        # What crossed its `unavailable` came to nobody.
        self.world.clients[full].forget()
        self._say(full)
        return True

    def say(self):
        full = self.choose(self.model.own)
        if full:
            self._say(full)
        return full is not None

    def _say(self, full):
        view = self.view()
        language = self.random.choice(["", "", "de"])
        if language and len(view.statuses) != 1:
            language = ""
        if language:
            view = View(view.show, tuple(("de", t) for _, t in view.statuses), view.priority)
        self.note(f"{full} says {view}")
        self.passing.said[full].add(view)
        self.world.clients[full].say(view, language)
        self.model.present(full, view)

    def log_out(self):
        full = self.choose(self.world.clients)
        if full is None:
            return False
        self.note(f"{full} logs out")
        marks = self._marks()
        self.world.clients.pop(full).close()
        self._wait_gone(full, marks)
        self._gone(full)
        return True

    def leave(self):
        full = self.choose(self.model.own)
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
        full = self.choose(self.world.clients)
        if full is None:
            return False
        self.note(f"{full} is cut off")
        marks = self._marks()
        self.world.clients.pop(full).cut()
        self._wait_gone(full, marks)
        self._gone(full, silently=True)
        return True

    def _marks(self):
        return {c: client.presences.mark() for c, client in self.world.clients.items()}

    def _gone(self, full, silently=False):
        self.passing.gone.add(full)
        self.model.gone(full, silently)

    def _wait_gone(self, full, marks):
        """ejabberd ends a session before it tells others so."""
        told = [c for c in self.available() if c != full and self.model.hears(c, full)]
        self.world.wait_gone(full)
        self.world.wait_lost(full, told, marks)

    def change_calendar(self):
        person = self.choose(PEOPLE)
        state = self.random.choice(["free", "free", "busy", "busy", "oof", "tentative", "elsewhere"])
        self.note(f"{person} is {state}")
        self._calendar(person, state)
        return True

    def _calendar(self, person, state, end=None):
        now = time.monotonic()
        self.world.set_calendar(person, state, end)
        self.model.edge(person, state, now)

    def pass_an_edge(self):
        """A meeting that the component sees coming to its end."""
        person = self.choose(PEOPLE)
        end = int(time.time()) + 4
        self.note(f"{person} is busy until {end}")
        self._calendar(person, "busy", end)
        self._ends[person] = end
        self.settle()
        if time.time() < end:
            self.compare()
        time.sleep(max(0, end - time.time()) + 0.01)
        del self._ends[person]
        self.model.edge(person, "free", time.monotonic() - 0.01)
        return True

    # Contact and block lists.

    def _pair(self, pairs):
        """Two people of whom both are online and neither blocks the other."""
        model = self.model
        return self.choose(
            (p, w)
            for p, w in pairs
            if model.online(p) and model.online(w)
            and not {(p, w), (w, p)} & model.blocks
        )

    def _client_of(self, person):
        return self.world.clients[self.choose(self.available(person))]

    def _pairs(self):
        return [(p, w) for p in PEOPLE for w in PEOPLE if p != w]

    def subscribe(self):
        pair = self._pair(set(self._pairs()) - self.model.sees)
        if pair is None:
            return False
        person, watcher = pair
        self.note(f"{watcher} subscribes to {person}")
        self._client_of(watcher).typed("subscribe", person)
        self.settle()
        self._client_of(person).typed("subscribed", watcher)
        self.settle()
        self.model.subscribed(person, watcher, time.monotonic())
        return True

    def unsubscribe(self):
        pair = self._pair(self.model.sees)
        if pair is None:
            return False
        person, watcher = pair
        self.note(f"{watcher} unsubscribes from {person}")
        self._client_of(watcher).typed("unsubscribe", person)
        self._sees_no_more(person, watcher)
        return True

    def cancel(self):
        pair = self._pair(self.model.sees)
        if pair is None:
            return False
        person, watcher = pair
        self.note(f"{person} takes {watcher}'s subscription back")
        self._client_of(person).typed("unsubscribed", watcher)
        self._sees_no_more(person, watcher)
        return True

    def remove(self):
        pair = self._pair(self.model.sees)
        if pair is None:
            return False
        person, watcher = pair
        self.note(f"{person} removes {watcher}")
        self._client_of(person).roster_remove(watcher)
        self._sees_no_more(person, watcher)
        if (watcher, person) in self.model.sees:
            self._sees_no_more(watcher, person)
        return True

    def _sees_no_more(self, person, watcher):
        self.settle()
        self.model.unsubscribed(person, watcher, time.monotonic())
        self.passing.parted.add((person, watcher))
        for full, client in self.world.clients.items():
            if bare(full) == watcher:
                client.forget(person)  # as clients do with who is no contact any more

    def block(self):
        pair = self._pair(self.model.sees)
        if pair is None or len(self.model.blocks) > 2:
            return False
        who, whom = self.random.choice([pair, pair[::-1]])
        self.note(f"{who} blocks {whom}")
        self._client_of(who).block(whom)
        self.passing.parted.add((who, whom))
        self.model.blocked(who, whom, time.monotonic())
        return True

    def unblock(self):
        pair = self.choose(b for b in self.model.blocks if self.model.online(b[0]))
        if pair is None:
            return False
        who, whom = pair
        self.note(f"{who} unblocks {whom}")
        self._client_of(who).unblock(whom)
        theirs = [f for f in ALL if bare(f) == whom]
        self.model.unblocked(who, whom, time.monotonic(), theirs)
        return True

    # The programs.

    def start_component(self):
        self.note("the component starts")
        self.world.daemon.start()
        self.model.component_starts()
        self._connect()
        return True

    def _connect(self):
        """A partial server does not tell later what is said before the stream is up; who
        left before that is found out within 10 seconds."""
        if self.model.complete:
            return
        self.settle()
        poll(self._no_ghosts, 10, "the end of those who left")

    def stop_component(self):
        self.note("the component stops")
        self.settle()
        self.world.daemon.stop()
        self.model.component_stops()
        return True

    def kill_component(self):
        self.note("the component is killed")
        self.settle()
        self.compare()
        self.world.daemon.kill9()
        self.model.component_killed()
        return True

    def reload(self):
        self.note("the component reloads")
        self.settle()
        generation = self.world.daemon.status()["generation"]
        self.world.daemon.sighup()
        self.world.daemon.wait_status(lambda s: s["generation"] > generation, "a reload")
        self.model.component_starts()
        self._connect()
        return True

    def restart_server(self):
        self.note("the server restarts")
        self.history.clear()
        self.world.observer.cut()
        for client in self.world.clients.values():
            client.cut()
        self.world.clients.clear()
        kills = self.random.random() < 0.5
        # ejabberd keeps two seconds of contact lists in memory.
        if kills and (self.model.complete or self.model.changed_before(time.monotonic() - 5)):
            self.world.server.kill()
        else:
            with contextlib.suppress(AssertionError):  # it did not heed and was killed
                self.world.server.stop()
        self.world.server.start()
        self.world.reconnect_observer()
        self.model.server_restarts()
        self.passing = Passing(self)
        if self.model.up:
            self._connect()
        return True

    # The barrier.

    def settle(self):
        model = self.model
        self.world.barrier(self._calendars if model.up else None)
        # Of a meeting that is over by now the component may have seen nothing.
        if all(time.time() < end for end in self._ends.values()):
            model.settled(ROSTER_MAX_AGE_S + 0.1)
        ghosts = model.ghosts()
        self._no_ghosts()
        if model.ghosts() != ghosts:  # what it said of them is on its way
            self.world.settle_component()

    def _calendars(self):
        """What calendars say now: on a slow machine a meeting may end while the component,
        just started, is waited for."""
        now = time.time()
        over = {p: "free" for p, end in self._ends.items() if now >= end}
        return self.model.calendar | over

    def _no_ghosts(self):
        """Whether the component knows of all who left. Who is connected and only says so
        answers for herself."""
        for full in self.model.ghosts() if self.model.up else []:
            if full not in known_resources(self.world, bare(full)):
                self.model.found_gone(full)
        return set(self.model.ghosts()) <= set(self.world.clients)
