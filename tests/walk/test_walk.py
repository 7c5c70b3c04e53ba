"""Walks on each server, side by side; `./run walk STEPS` goes on for as long as one likes."""

import pathlib
import subprocess
import sys

import pytest

WALK = pathlib.Path(__file__).with_name("walk.py")
STEPS = 350
SEEDS = [7, 8, 9]  # the same for all: what fails here fails again. `./run walk` draws its own.


def begin(server, seed):
    return subprocess.Popen(
        [sys.executable, WALK, str(STEPS), server, str(seed)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_nobody_is_ever_shown_what_is_not_so(server):
    walks = [begin(server, seed) for seed in SEEDS]
    try:
        print("".join(walk.communicate()[0] for walk in walks))
    finally:
        for walk in walks:
            walk.terminate()
    assert [walk.returncode for walk in walks] == [0] * len(SEEDS)
