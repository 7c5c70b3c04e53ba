#!/usr/bin/python3
"""A random walk through a publish mode: walk.py STEPS [WALK] [SEED]. The same seed draws the
same steps.

Every step does one to three things at once (logins, logouts, lost and resumed connections,
presence, contact and block lists, calendars, restarts of the component and of the server),
waits until everything has arrived everywhere, and compares what every client holds of every
other, and what it got on the way, with the model.
"""

import argparse
import os
import random
import signal
import sys
import time

from steps import ComponentWalk, UserWalk, Wrong
from world import COMPONENT_MODE, PEOPLE, USER

WALKS = [*USER, *COMPONENT_MODE]


def run(steps, name, seed):
    print(f"walk: {steps} steps on {name}, seed {seed}", flush=True)
    walk = UserWalk(USER[name], seed) if name in USER else ComponentWalk(
        COMPONENT_MODE[name], seed)
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
            for person in PEOPLE if walk.world.daemon.running() else ():
                print(person, walk.world.daemon.command("why", person).stdout)
    finally:
        walk.world.close()
    print(f"{done} steps, {walk.comparisons} comparisons, {wrong} wrong,"
          f" {time.monotonic() - began:.0f} s", flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steps", type=int)
    parser.add_argument("walk", nargs="?", choices=WALKS, default=WALKS[0])
    parser.add_argument("seed", nargs="?", type=int)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    return run(options.steps, options.walk, seed)


if __name__ == "__main__":
    sys.exit(main())
