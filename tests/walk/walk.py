#!/usr/bin/python3
"""A random walk through publish mode `user`: walk.py STEPS [prosody|ejabberd] [SEED].

Every step does one to three things at once (logins, logouts, killed clients, presence,
contact and block lists, calendars, restarts of the component and of the server), waits
until everything has arrived everywhere, and compares what every client holds of every
full JID with the model. The same seed draws the same steps.
"""

import argparse
import os
import random
import signal
import sys
import time

from actions import Actions
from model import ANYTHING
from passing import Passing, Wrong
from world import ALL


class Walk(Actions):
    """Steps, each followed by a comparison of every view with the model."""

    comparisons = 0
    unpromised = 0

    def step(self):
        self.passing = Passing(self)
        if not self.model.up and self.random.random() < 0.4:
            self.start_component()
        for _ in range(self.random.choice([1, 1, 2, 3])):
            self.act()
        self.settle()
        self.compare()
        self.passing.check()

    def act(self):
        component = {self.stop_component, self.kill_component, self.reload}
        actions = [a for a in self._weights if self.model.up or a not in component]
        weights = [self._weights[a] for a in actions]
        for _ in range(100):
            if self.random.choices(actions, weights)[0]():
                return

    def compare(self):
        wrong = []
        for client in self.available():
            walker = self.world.clients[client]
            for full in ALL:
                if full == client:
                    continue
                allowed = self.model.allowed(client, full)
                if allowed is ANYTHING:
                    self.unpromised += 1
                    continue
                self.comparisons += 1
                held = walker.held(full)
                if held not in allowed:
                    wrong.append((client, full, allowed, held))
        if wrong:
            raise Wrong(self._complain(wrong))

    def _complain(self, wrong):
        lines = []
        for client, full, allowed, held in wrong:
            lines.append(f"{client} of {full}:")
            lines += [f"    expected {view}" for view in allowed]
            lines.append(f"    seen     {held}")
            got = self.world.clients[client].presences.items()
            lines += [f"    got      {p}" for p in got if p.sender == full][-6:]
        return "\n".join(lines)


def run(steps, server, seed):
    print(f"walk: {steps} steps on {server}, seed {seed}", flush=True)
    walk = Walk(server, seed)
    done = 0
    began = time.monotonic()
    try:
        walk.start_component()
        for done in range(1, steps + 1):
            walk.step()
            if done % 100 == 0:
                print(f"walk: {done} steps, {walk.comparisons} comparisons,"
                      f" {time.monotonic() - began:.0f} s", flush=True)
        wrong = 0
    except (Wrong, AssertionError) as error:
        wrong = 1
        print(f"walk: wrong in step {done}, seed {seed}; since the last server restart:")
        print("\n".join(f"  {line}" for line in walk.history))
        print(error)
        if os.environ.get("WALK_LOG"):
            print(walk.world.daemon.output()[-8000:])
    finally:
        walk.world.close()
    print(f"{done} steps, {walk.comparisons} comparisons, {walk.unpromised} without a promise,"
          f" {wrong} wrong", flush=True)
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steps", type=int)
    parser.add_argument("server", nargs="?", choices=["prosody", "ejabberd"], default="prosody")
    parser.add_argument("seed", nargs="?", type=int)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    return run(options.steps, options.server, seed)


if __name__ == "__main__":
    sys.exit(main())
