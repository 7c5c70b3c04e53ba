"""What a service manager sees: the unit, and what the daemon tells it (sd_notify(3))."""

import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest

from calpresence import binary
from conftest import only
from record import TIMEOUT_S

UNIT = pathlib.Path(__file__).parents[2] / "config/calpresence.service"


class Manager:
    """A service manager's end of $NOTIFY_SOCKET."""

    def __init__(self, name):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(TIMEOUT_S)
        self._socket.bind(name)

    def hear(self):
        """The next assignments."""
        return self._socket.recv(4096).decode("ascii").split("\n")

    def hear_all(self):
        """Those that came so far."""
        heard = []
        self._socket.setblocking(False)
        try:
            while True:
                heard.append(self.hear())
        except BlockingIOError:
            return heard

    def close(self):
        self._socket.close()


@pytest.fixture(params=["file", "abstract"])
def manager(request, tmp_path, monkeypatch):
    """A service manager that the daemon is told of."""
    name = str(tmp_path / "notify")
    if request.param == "abstract":
        name = f"@calpresence-test-{os.getpid()}"
    made = Manager(name.replace("@", "\0"))
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    yield made
    made.close()


@only("prosody")
def test_ready_reloading_and_stopping_are_told(calpresence, manager):
    daemon = calpresence().start()
    assert manager.hear() == ["READY=1"]
    assert daemon.status() is not None  # whoever waited for it may ask
    assert daemon.command("reload").returncode == 0
    reloading, when = manager.hear()
    assert reloading == "RELOADING=1"
    assert re.fullmatch("MONOTONIC_USEC=[0-9]+", when)
    assert manager.hear() == ["READY=1"]
    daemon.stop()
    assert manager.hear_all() == [["STOPPING=1"]]


@only("prosody")
def test_a_reload_of_errors_fails_and_is_none(calpresence, manager):
    daemon = calpresence().run()
    assert manager.hear() == ["READY=1"]
    daemon.configure(nonsense={"key": 1})
    done = daemon.command("reload")
    assert done.returncode == 1
    assert "nonsense" in done.stderr
    daemon.stop()
    assert manager.hear_all() == [["STOPPING=1"]]


@only("prosody")
def test_a_start_without_a_configuration_is_never_ready(calpresence, manager):
    daemon = calpresence(nonsense={"key": 1}).start()
    assert daemon.wait() == 1
    assert manager.hear_all() == []


@only("prosody")
def test_the_watchdog_hears_of_a_daemon_that_has_nothing_to_do(
    calpresence, manager, monkeypatch
):
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    daemon = calpresence().start()
    assert manager.hear() == ["READY=1"]
    for _ in range(5):
        assert manager.hear() == ["WATCHDOG=1"]
    daemon.stop()


@only("prosody")
def test_a_watchdog_of_another_process_hears_nothing(calpresence, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "1000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    calpresence().run().stop()
    assert manager.hear_all() == [["READY=1"], ["STOPPING=1"]]


def seconds(unit, key):
    [value] = re.findall(f"^{key}=([0-9]+)$", unit, re.MULTILINE)
    return int(value)


def test_a_unit_that_fails_at_once_reaches_its_start_limit():
    unit = UNIT.read_text(encoding="utf-8")
    starts = seconds(unit, "StartLimitBurst")
    assert starts * seconds(unit, "RestartSec") < seconds(unit, "StartLimitIntervalSec") / 2


def test_systemd_has_nothing_to_say_against_the_unit(tmp_path):
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("there is no systemd-analyze")
    unit = UNIT.read_text(encoding="utf-8")
    path = tmp_path / UNIT.name
    path.write_text(unit.replace("/usr/sbin/calpresence", binary()), encoding="utf-8")
    done = subprocess.run(
        [verify, "verify", "--man=no", str(path)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, said) == (0, []), done.stderr
