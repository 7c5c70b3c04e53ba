"""The steps of README.md and docs/SERVER-MODULE.md, run as they are written (steps.py) on a copy
of the machine (tree.py): Debian's own packages with Debian's own configuration of them."""

import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

# pylint: disable=wrong-import-position
import tree  # noqa: E402

REASON = tree.reason_against()


@pytest.mark.skipif(REASON is not None, reason=f"no copy of the machine: {REASON}")
@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_the_steps_as_they_are_written(server):
    done = subprocess.run(
        [*tree.NAMESPACES, sys.executable, HERE / "steps.py", server],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    print(done.stdout)
    assert done.returncode == 0
