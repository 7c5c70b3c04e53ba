"""What bash offers after `calpresence ... <Tab>`: config/calpresence.bash with the real program."""

import pathlib
import subprocess

import pytest

from calpresence import binary

COMPLETION = pathlib.Path(__file__).parents[2] / "config/calpresence.bash"
# As bash calls the function of `complete -F`: the program, the current word, the one before.
CALL = """
source "$1"
COMP_WORDS=("${@:2}")
COMP_CWORD=$(($# - 2))
_calpresence "$2" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def offered(*words, cwd=None):
    done = subprocess.run(
        ["bash", "--norc", "-c", CALL, "bash", COMPLETION, binary(), *words], cwd=cwd,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def test_every_command_that_the_program_knows_is_offered():
    done = subprocess.run([binary(), "--help"], stdout=subprocess.PIPE, text=True, check=True)
    first = {line.split("calpresence ")[1].removeprefix("[-c FILE] ").split()[0]
             for line in done.stdout.splitlines() if "  calpresence " in line or ": calpresence " in line}  # fmt: skip
    assert {"run", "-n", "status", "why", "reload", "--version"} <= first
    assert offered("") == first | {"--help", "-c"}
    assert offered("st") == {"status"}


@pytest.mark.parametrize("before", [(), ("-c", "status.conf")])
def test_options_are_those_of_the_command(before):
    assert offered(*before, "status", "") == {"--json"}
    assert offered(*before, "reload", "--") == {"--dry-run", "--force"}
    assert offered(*before, "reload", "--f") == {"--force"}
    assert offered(*before, "forget", "") == set()
    assert "-c" not in offered("-c", "status.conf", "")


def test_the_configuration_is_a_file(tmp_path):
    (tmp_path / "mine.conf").touch()
    assert offered("-c", "mi", cwd=tmp_path) == {"mine.conf"}
