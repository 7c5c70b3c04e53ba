"""A short walk on each server; `./run walk STEPS` goes on for as long as one likes."""

import pytest

from walk import run

STEPS = 300
SEED = 7  # one walk for all: what fails here fails again. `./run walk` draws its own.


@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_nobody_is_ever_shown_what_is_not_so(server):
    assert run(STEPS, server, SEED) == 0
