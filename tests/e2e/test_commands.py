"""The command line beside `run`."""

import json
import pathlib
import shutil
import subprocess

import pytest

from calendars import soon
from calpresence import binary
from conftest import only
from test_meetings import MEETING, watched

BROKEN = pathlib.Path(__file__).parent.parent / "config/broken"


EXPOSED = ("12-exposed.conf", "13-exposed.secret")  # the others are their owner's alone


def call(*arguments, cwd=None):
    argv = [binary(), *arguments]
    return subprocess.run(
        argv, capture_output=True, text=True, timeout=20, check=False, cwd=cwd
    )


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """The broken configurations with their modes, which a checkout does not keep."""
    folder = shutil.copytree(BROKEN, tmp_path_factory.mktemp("config") / "broken")
    for path in folder.iterdir():
        path.chmod(0o644 if path.name in EXPOSED else 0o600)
    return folder


@pytest.mark.parametrize("name", sorted(path.stem for path in BROKEN.glob("*.conf")))
def test_what_is_wrong_is_said_with_file_and_line(broken, name):
    done = call("-c", f"{name}.conf", "-n", cwd=broken)
    assert done.returncode == 1
    assert done.stderr == (broken / f"{name}.expected").read_text(encoding="utf-8")


@only("prosody")
def test_a_good_configuration_is_accepted(calpresence):
    done = calpresence().command("-n")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run", "status"],
        ["nonsense"],
        ["-c"],
        ["-c", "-n"],
        ["why"],
        ["why", "a@example.test", "b@example.test"],
        ["--nonsense"],
        ["status", "--nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments):
    done = call(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "calpresence" in done.stderr


def test_help_and_version():
    assert call("--help").returncode == 0
    assert "why" in call("--help").stdout
    done = call("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("calpresence ")


@only("prosody")
@pytest.mark.parametrize("command", [["status"], ["why", "a@example.test"], ["reload"]])
def test_without_a_daemon_commands_say_so(calpresence, command):
    done = calpresence().command(*command)
    assert done.returncode == 1
    assert "not running" in done.stderr


@only("prosody")
def test_status_and_why_in_both_forms(calpresence, exchange, people, contacts):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    _, at_bob = contacts(alice, bob)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)

    status = json.loads(daemon.command("status", "--json").stdout)
    assert status["pid"] == daemon.pid
    assert status["people"]["overlaid"] == 1
    text = daemon.command("status").stdout
    for word in ("hq", "up", "example.test"):
        assert word in text

    why = json.loads(daemon.command("why", "--json", alice.jid).stdout)
    assert why["published"]["show"] == "dnd"
    [watcher] = why["watchers"]
    assert (watcher["jid"], watcher["state"]) == (bob.jid, "approved")
    assert watcher["waits_for"] is None and watcher["shown"]
    text = daemon.command("why", alice.jid).stdout
    for word in ("In a meeting", alice.mailbox, "busy"):
        assert word in text


@only("prosody")
def test_a_wrong_password_is_said_although_nobody_is_online(
    calpresence, people
):
    alice = people("alice")
    daemon = calpresence(
        gateway={"password": "not-the-one-of-today"},
        users=({"jid": alice.jid, "mailbox": alice.mailbox},),
    ).run()
    daemon.wait_gateway(lambda g: g["health"] == "locked", "the breaker", 60)
    done = daemon.command("status")
    assert done.returncode == 1
    assert "log-on" in done.stdout


@only("prosody")
def test_what_is_wrong_in_the_file_does_not_stop_who_asks_the_daemon(
    calpresence, tmp_path
):
    """The daemon still runs on the old one."""
    daemon = calpresence().run()
    missing = str(tmp_path / "no-such-file")
    daemon.configure(component={"secret": None, "secret_file": missing}, nonsense=1)
    assert daemon.command("-n").returncode == 1
    status = json.loads(daemon.command("status", "--json").stdout)
    assert status["pid"] == daemon.pid
    done = daemon.command("why", "never.was@example.test")
    assert "never.was@example.test" in done.stderr
    done = daemon.command("reload")
    assert done.returncode == 1
    assert missing in done.stderr and "nonsense" in done.stderr


@only("prosody")
def test_why_of_somebody_unknown(calpresence):
    daemon = calpresence().run()
    done = daemon.command("why", "never.was@example.test")
    assert done.returncode == 1
    assert "never.was@example.test" in done.stderr
    assert daemon.command("why", "not a jid@@").returncode == 1


@only("prosody")
def test_a_reload_takes_a_new_mapping_and_keeps_the_old_on_error(
    calpresence, exchange, people, contacts
):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)
    daemon.configure(mapping={"busy": {"show": "xa", "status": "Occupied"}})
    assert daemon.command("reload").returncode == 0
    at_bob.wait_seen(alice.contact, "xa", "Occupied")
    generation = daemon.status()["generation"]
    daemon.configure(nonsense={"key": 1})
    mark = daemon.mark()
    daemon.sighup()
    daemon.wait_log("nonsense", after=mark)
    assert daemon.status()["generation"] == generation
