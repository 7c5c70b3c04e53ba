"""A random walk through publish mode `component`: people have each other's contact at the
component in their lists, which shows one presence for all clients of a person."""

import itertools
import time

from model import REACHABLE, View, bare, overlaid
from passing import Wrong
from server import COMPONENT
from walk_user import UserWalk
from world import ALL, PEOPLE


def address(person):
    """Where the component shows her."""
    return f"{person.partition('@')[0]}@{COMPONENT}/calendar"


def aggregates(views, calendar):
    """What her clients are seen as together: a client that takes messages, of the highest
    priority, the most reachable of these; of equals the last that said something, which
    nobody here keeps in mind."""
    able = [v for v in views if v is not None and v.priority >= 0]
    if not able:
        return {None}

    def rank(view):
        return view.priority, -REACHABLE.index(view.show)

    best = max(map(rank, able))
    leading = [View(v.show, v.statuses, 0) for v in able if rank(v) == best]
    return {overlaid(view, calendar) for view in leading}


class ComponentWalk(UserWalk):
    """Everybody may see everybody (`watchers = "domain"`)."""

    mode = "component"

    def __init__(self, server, seed):
        super().__init__(server, seed)
        self._sees = set()  # (person, watcher): he has her contact in his list
        self._left = {}  # (client, person) -> what a component that was killed left there
        lists = {self.subscribe, self.unsubscribe, self.cancel, self.remove, self.block}
        self._weights = {
            action: weight
            for action, weight in self._weights.items()
            if action not in lists | {self.unblock}
        } | {self.add_contact: 8, self.remove_contact: 3}

    # What happens.

    def add_contact(self):
        return self._change_list("adds", "subscribe", set(self._pairs()) - self._sees)

    def remove_contact(self):
        return self._change_list("removes", "unsubscribe", self._sees)

    def _change_list(self, verb, kind, pairs):
        pair = self._pair(pairs) if self.model.up else None
        if pair is None:
            return False
        person, watcher = pair
        self.note(f"{watcher} {verb} {person}'s contact")
        self.settle()
        self._client_of(watcher).typed(kind, bare(address(person)))
        self.settle()
        self._sees ^= {pair}
        self.model.lists_changed(time.monotonic())
        for full, client in self.world.clients.items():
            if bare(full) == watcher and kind == "unsubscribe":
                client.forget(bare(address(person)))  # as clients do
        return True

    def _gone(self, full, silently=False):
        super()._gone(full, silently)
        self._left = {key: held for key, held in self._left.items() if key[0] != full}

    def kill_component(self):
        super().kill_component()
        self._left = {(c, p): held for c, p, held in self._held_contacts()}
        return True

    def stop_component(self):
        self._left = {}
        return super().stop_component()

    def restart_server(self):
        self._left = {}
        return super().restart_server()

    # What is to be seen.

    def _held_contacts(self):
        for client in self.available():
            for person in PEOPLE:
                yield client, person, self.world.clients[client].held(address(person))

    def _allowed(self, client, person):
        if (person, bare(client)) not in self._sees:
            return {None}
        if not self.model.up:
            return {self._left.get((client, person))}
        theirs = [self.model.may_be_heard(full) for full in ALL if bare(full) == person]
        calendar = self.model.calendar[person]
        choices = itertools.product(*theirs)
        return set().union(*(aggregates(choice, calendar) for choice in choices))

    def compare(self):
        super().compare()
        wrong = []
        for client, person, held in self._held_contacts():
            allowed = self._allowed(client, person)
            self.comparisons += 1
            self.loose += len(allowed) > 1
            if held not in allowed:
                wrong.append((client, address(person), allowed, held))
        if wrong:
            raise Wrong(self._complain("expected", wrong))
