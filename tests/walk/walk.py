#!/usr/bin/python3
"""A random walk through a publish mode: walk.py STEPS [WALK] [SEED]. The same seed draws the
same steps."""

import argparse
import os
import random
import signal
import sys
import time

from passing import Wrong
from walk_component import ComponentWalk
from walk_user import UserWalk

# Name -> what is walked, on which server.
WALKS = {
    "prosody": (UserWalk, "prosody"),
    "ejabberd": (UserWalk, "ejabberd"),
    "ejabberd-received": (UserWalk, "ejabberd-received"),
    "prosody-component": (ComponentWalk, "prosody"),
    "ejabberd-component": (ComponentWalk, "ejabberd"),
}


def run(steps, name, seed):
    print(f"walk: {steps} steps on {name}, seed {seed}", flush=True)
    make, server = WALKS[name]
    walk = make(server, seed)
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
    print(f"{done} steps, {walk.comparisons} comparisons ({walk.loose} with several views),"
          f" {walk.beliefs} of the component's beliefs, {wrong} wrong", flush=True)
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steps", type=int)
    parser.add_argument("walk", nargs="?", choices=WALKS, default="prosody")
    parser.add_argument("seed", nargs="?", type=int)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    return run(options.steps, options.walk, seed)


if __name__ == "__main__":
    sys.exit(main())
