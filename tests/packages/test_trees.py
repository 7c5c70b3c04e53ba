"""The packages on a fresh Debian, with systemd and the servers of it: built there, installed by
apt as README.md says, and tried (trial.py) to their purge. Takes minutes: ./run test --packages."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(PROJECT / "tests/setup"), str(PROJECT / "tests/e2e")]

# pylint: disable=wrong-import-position
import tree  # noqa: E402
from guide import Guide  # noqa: E402
from machine import chroot, reason_against  # noqa: E402

REASON = reason_against()
OLDER = "0.0.1"
# What the packages do not depend on, and every machine with them has.
MACHINE = "systemd-sysv dbus"


def of_this_machine(number):
    text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    return f'VERSION_ID="{number}"' in text


def build(number):
    """The packages, built on this Debian."""
    enter = [] if of_this_machine(number) else [PROJECT / "tests/debian/enter", number]
    folder = PROJECT / ("build" if not enter else f"build/debian{number}/build")
    subprocess.run(
        [*enter, "./run", "package"], cwd=PROJECT, check=True,
        env={**os.environ, "DEB_BUILD_OPTIONS": "nocheck"},
    )  # fmt: skip
    found = [deb for deb in (folder / "package").glob("*.deb") if "dbgsym" not in deb.name]
    assert len(found) == 3, found
    return found


def make_older(deb, folder):
    """The same package, of an older version."""
    contents = folder / "contents"
    subprocess.run(["dpkg-deb", "--raw-extract", deb, contents], check=True)
    control = contents / "DEBIAN/control"
    text, count = re.subn("(?m)^Version: .*$", f"Version: {OLDER}", control.read_text())
    assert count == 1
    control.write_text(text)
    subprocess.run(["dpkg-deb", "--build", contents, folder], check=True)
    shutil.rmtree(contents)


def make_tree(number):
    """A fresh Debian."""
    done = subprocess.run(
        [PROJECT / "tests/debian/enter", "--base", number],
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip(f"no tree of Debian {number} can be made")
    assert done.returncode == 0
    base = pathlib.Path(done.stdout.strip())
    trial = base.with_name("trial")
    subprocess.run(["rm", "-rf", "--one-file-system", trial], check=True)
    subprocess.run(["cp", "-a", base, trial], check=True)
    for name in "resolv.conf", "hosts":
        shutil.copy(f"/etc/{name}", trial / "etc")
    return trial


def install(root, debs):
    """As README.md says; nothing starts, as there is no process 1 yet."""
    folder = root / "packages"
    (folder / "older").mkdir(parents=True)
    for deb in debs:
        shutil.copy(deb, folder)
        make_older(deb, folder / "older")
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    readme = Guide(PROJECT / "README.md")
    commands = "".join(readme.commands("Install from packages")[1:])
    ejabberd = commands.replace("calpresence-prosody", "calpresence-ejabberd")
    assert ejabberd != commands
    chroot(root, f"""
        apt-get -q update
        apt-get -q -y install {MACHINE}
        cd /packages/older
        apt() {{ apt-get -q -y "$@"; }}
        {commands}
        {ejabberd}
        systemctl disable ejabberd  # one server after the other: they have the same ports""")  # fmt: skip
    policy.unlink()


@pytest.mark.skipif(REASON is not None, reason=f"no machine can be booted: {REASON}")
@pytest.mark.parametrize("number", ["12", "13"])
def test_from_apt_install_to_purge(number):
    root = make_tree(number)
    install(root, build(number))
    done = subprocess.run(
        [*tree.NAMESPACES, sys.executable, HERE / "trial.py", root],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    print(done.stdout)
    assert done.returncode == 0
    subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
