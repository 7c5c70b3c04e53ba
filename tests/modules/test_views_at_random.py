"""People come, go, speak, meet, approve, part and block at random: every view of everybody and
the feed are held against a model after each step, and nothing else may have been seen between."""

import random

import pytest
from fixtures import *  # noqa: F401, F403
from fixtures import AWAY, MEETING, befriend, heard
from peer import overlay
from record import poll

SHOWS = ["chat", "available", "away", "xa", "dnd"]
ACTIONS = (
    ["come", "lay"] * 4 + ["say"] * 5 + ["befriend"] * 3 + ["take"] * 2
    + ["leave", "cut", "resume", "part", "block", "unblock", "hello"]
)
STEPS = 120


class World:
    """Three people with two clients each, the component, and what is so."""

    def __init__(self, rng, peer, people, login):
        self.rng, self.peer, self.login = rng, peer, login
        self.people = [people(name) for name in ("alice", "bob", "carol")]
        self.clients = {}  # full JID -> client that is available
        self.own = {}  # full JID -> (show, text), as she set it
        self.laid = {}  # bare JID -> the overlay
        self.pairs = set()  # (bare JID of who is seen, of who sees)
        self.blocks = set()  # (bare JID of who blocks, of whom)
        self.unsure = set()  # (watcher's full JID, full JID): the server tells of no block

    def expected(self, full):
        """What a contact sees of a client."""
        show, text = self.own.get(full, ("unavailable", ""))
        over = self.laid.get(full.partition("/")[0])
        if not over or full not in self.own:
            return (show, text) if full in self.own else "unavailable"
        return max(show, over[0], key=SHOWS.index), text if show == "dnd" else over[1]

    def say(self, client):
        show, text = self.rng.choice(SHOWS), self.rng.choice(["one", "two", "three"])
        self.own[client.full_jid] = show, text
        client.present(None if show == "available" else show, text)

    def _of(self, jid):
        return [c for c in self.clients.values() if c.jid == jid]

    def _apart(self, a, b):
        return not {(a, b), (b, a)} & self.blocks

    # What may happen; each does nothing where it cannot.

    def come(self, a, _b, _client):
        resource = self.rng.choice(["one", "two"])
        if f"{a.jid}/{resource}" not in self.clients:
            client = self.login(a, resource, managed=resource == "two")
            self.clients[client.full_jid] = client
            self.say(client)

    def lay(self, a, _b, _client):
        self.laid[a.jid] = self.rng.choice([MEETING, AWAY, ("xa", "Elsewhere")])
        self.peer.put(a.jid, *self.laid[a.jid])

    def take(self, a, _b, _client):
        self.laid.pop(a.jid, None)
        self.peer.take(a.jid)

    def hello(self, _a, _b, _client):
        self.peer.hello()
        self.peer.lay(*(overlay(jid, *o) for jid, o in self.laid.items()), complete=True)

    def say_again(self, _a, _b, client):
        self.say(client)

    def _end(self, client):
        del self.clients[client.full_jid], self.own[client.full_jid]

    def leave(self, _a, _b, client):
        self._end(client)
        client.close()

    def cut(self, _a, _b, client):
        if client.full_jid.endswith("/one"):  # the other one would be waited for
            self._end(client)
            client.cut()

    def resume(self, _a, _b, client):
        if client.full_jid.endswith("/two"):
            client.cut()
            client.resume()

    def befriend(self, a, b, _client):
        at_a, at_b = self._of(a.jid), self._of(b.jid)
        if at_a and at_b and (a.jid, b.jid) not in self.pairs and self._apart(a.jid, b.jid):
            befriend(at_a[0], at_b[0])
            self.pairs.add((a.jid, b.jid))

    def part(self, a, b, _client):
        if self._of(a.jid) and (a.jid, b.jid) in self.pairs and self._apart(a.jid, b.jid):
            self._of(a.jid)[0].revoke(b.jid)
            self.pairs.discard((a.jid, b.jid))

    def block(self, _a, _b, _client):
        carol, alice = self.people[2].jid, self.people[0].jid
        if self._of(carol):
            self._of(carol)[0].block(alice)
            self.blocks.add((carol, alice))

    def unblock(self, _a, _b, _client):
        carol, alice = self.people[2].jid, self.people[0].jid
        if self._of(carol) and self.blocks:
            self._of(carol)[0].unblock(alice)
            self.blocks.clear()

    def step(self, action):
        if not self.clients:
            action = "come"
        a, b = self.rng.sample(self.people, 2)
        client = self.rng.choice(list(self.clients.values())) if self.clients else None
        getattr(self, "say_again" if action == "say" else action)(a, b, client)

    def wrong(self):
        """What is seen or told that is not so."""
        found = []
        for watcher in self.clients.values():
            for client in self.clients.values():
                if client is watcher:
                    continue
                key = watcher.full_jid, client.full_jid
                view = (heard(watcher, client.full_jid) or ["unavailable"])[-1]
                should = self.expected(client.full_jid)
                if client.jid == watcher.jid:
                    should = self.own[client.full_jid]
                elif not self._apart(client.jid, watcher.jid):
                    self.unsure.add(key)
                elif (client.jid, watcher.jid) not in self.pairs:
                    should = "unavailable"
                if view != should and key not in self.unsure:
                    found.append((*key, view, should))
        known = {j: (show, texts.get("en", "")) for j, (show, texts, _) in self.peer.clients().items()}
        mine = tuple(p.jid for p in self.people)
        known = {j: view for j, view in known.items() if j.startswith(mine)}
        return found + [(known, self.own)] if known != self.own else found

    def flashes(self, before, marks):
        """What was seen since the marks and neither was so before nor is now."""
        found = []
        for watcher, mark in marks.items():
            for full in {*before, *self.own}:
                if full.startswith(watcher.jid) or (watcher.full_jid, full) in self.unsure:
                    continue
                good = {before.get(full), self.expected(full), "unavailable"}
                found += [(watcher.full_jid, full, v) for v in heard(watcher, full, mark) if v not in good]
        return found


@pytest.mark.parametrize("seed", [1, 2])
def test_everybody_sees_what_is_so_and_nothing_else(peer, people, login, seed):
    rng = random.Random(seed)
    world = World(rng, peer, people, login)
    for one in world.people:
        client = login(one, "one")
        world.clients[client.full_jid] = client
        world.say(client)
    for a in world.people:
        for b in world.people:
            if a is not b:
                world.befriend(a, b, None)
    for number in range(STEPS):
        action = rng.choice(ACTIONS)
        before = {full: world.expected(full) for full in world.own}
        marks = {client: client.presences.mark() for client in world.clients.values()}
        world.step(action)
        for client in world.clients.values():
            client.settle()
        try:
            poll(lambda: not world.wrong(), what="what is so")
        except AssertionError:
            assert not world.wrong(), f"step {number}, {action}"
        if action != "resume":  # which may say again what came before
            assert not world.flashes(before, marks), f"step {number}, {action}"
