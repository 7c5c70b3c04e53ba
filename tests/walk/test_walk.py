"""A short walk on each server; `./run walk STEPS` goes on for as long as one likes."""

import random

import pytest

from walk import run

STEPS = 300


@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_nobody_is_ever_shown_what_is_not_so(server):
    assert run(STEPS, server, random.randrange(1_000_000)) == 0
