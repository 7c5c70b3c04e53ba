"""Walks on each server, side by side; `./run walk STEPS` goes on for as long as one likes."""

import pathlib
import subprocess
import sys

import pytest

WALK = pathlib.Path(__file__).with_name("walk.py")
SEEDS = [7, 8]  # the same for all: what fails here fails again. `./run walk` draws its own.


def begin(steps, walk, seed):
    return subprocess.Popen(
        [sys.executable, WALK, str(steps), walk, str(seed)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize("steps, walks", [
    (250, ["prosody"] * 2),
    (250, ["ejabberd"] * 2),
    (150, ["prosody-component", "ejabberd-component"]),
    (80, ["prosody-component-privileges", "ejabberd-component-privileges"]),
])
def test_nobody_is_ever_shown_what_is_not_so(steps, walks):
    running = [begin(steps, walk, seed) for walk, seed in zip(walks, SEEDS)]
    try:
        print("".join(walk.communicate()[0] for walk in running))
    finally:
        for walk in running:
            walk.terminate()
    assert [walk.returncode for walk in running] == [0] * len(running)
