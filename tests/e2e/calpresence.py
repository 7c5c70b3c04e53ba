"""calpresence itself: its configuration, its process, what it says about itself."""

import copy
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.parse

import canaries
from processes import Process, alive
from record import TIMEOUT_S, poll
from server import COMPONENT, DOMAIN

SANITIZER = re.compile(r"(Address|Leak|Undefined\w+)Sanitizer|runtime error:")


def binary():
    return os.environ["CALPRESENCE_BIN"]


def render(value):
    """A Python value in libconfig's syntax: dict a group, tuple a list, list an array."""
    if isinstance(value, dict):
        return "{ " + " ".join(f"{k} = {render(v)};" for k, v in value.items()) + " }"
    if isinstance(value, (tuple, list)):
        inside = ", ".join(render(v) for v in value)
        return f"( {inside} )" if isinstance(value, tuple) else f"[ {inside} ]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def merge(base, changes):
    """base with changes, groups merged key by key; None takes a key away."""
    result = copy.copy(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result


class _Socket(http.client.HTTPConnection):
    """HTTP on the control socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Calpresence:
    """A configuration in a folder of its own and the daemon that runs on it.

    `gateway` changes the one gateway's options, all else the configuration's groups.
    """

    def __init__(self, server, exchange=None, gateway=None, **changes):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="calpresence-run-"))
        self.path = self.folder / "calpresence.conf"
        self._socket = self.folder / "control.sock"
        self._process = None
        self._secrets = set()  # all that it was ever told
        self._configuration = {
            "component": {
                "jid": COMPONENT,
                "host": "127.0.0.1",
                "port": server.component_port,
                "secret": server.options.secret,
            },
            "domains": ({"im": DOMAIN, "mail": "example.com", "default": True},),
            "gateways": (merge(self._gateway(exchange), gateway or {}),),
            "store": {"path": str(self.folder / "calpresence.db")},
            "control": {"socket": str(self._socket)},
        }
        self.configure(**changes)

    @staticmethod
    def _gateway(exchange):
        options = {"name": "hq", "type": "ews", "auth": "basic", "poll_interval": 1}
        if exchange is None:  # nobody listens there
            options |= {"url": "http://127.0.0.1:1/", "username": "u", "password": "p"}
        else:
            options |= exchange.gateway()
        return options

    def configure(self, **changes):
        """Changes the file; a running daemon hears of it by sighup()."""
        self._configuration = merge(self._configuration, changes)
        lines = [f"{k} = {render(v)};\n" for k, v in self._configuration.items()]
        self.path.touch(0o600)
        self.path.write_text("".join(lines), encoding="utf-8")
        self._secrets.update(canaries.secrets_of(self._configuration))

    def configure_gateway(self, **changes):
        [gateway] = self._configuration["gateways"]
        self.configure(gateways=(merge(gateway, changes),))

    # The process.

    def start(self):
        """Starts the daemon, without waiting for anything."""
        self._process = Process("calpresence", self.command_line("run"))
        return self

    def run(self):
        """Starts it and waits until it is of use: stream up, presence source known."""
        self.start()
        self.wait_status(is_ready, "calpresence being ready")
        return self

    @property
    def pid(self):
        return self._process.pid

    def running(self):
        return self._process is not None and self._process.running()

    def mark(self):
        return self._process.log.mark()

    def output(self):
        return self._process.output() if self._process is not None else ""

    def wait_log(self, pattern, timeout=TIMEOUT_S, after=0):
        return self._process.wait_log(pattern, timeout, after)

    def sighup(self):
        self._process.signal(signal.SIGHUP)

    def wait(self, timeout=TIMEOUT_S):
        """Waits for an end by itself; the exit status."""
        status = self._process.wait(timeout)
        self.assert_clean()
        return status

    def stop(self):
        """SIGTERM; a clean end is part of every test."""
        status = self._process.stop()
        self.assert_clean()
        assert status == 0, f"exit status {status}:\n{self.output()}"

    def kill9(self):
        """kill -9 of the main process alone; its workers have to notice by themselves."""
        workers = self.worker_pids()
        self._process.signal(signal.SIGKILL)
        poll(lambda: not any(map(alive, workers)), what="the end of the orphaned workers")
        self._process.wait()
        self.assert_clean()

    def assert_clean(self):
        output = self.output()
        assert not SANITIZER.search(output), output
        self.assert_no_secret(output, "its output")

    def assert_no_secret(self, data, where):
        """Whatever it says, writes or is called by has none of its secrets in it."""
        found = canaries.find(self._secrets, data)
        assert not found, f"{where} has {found} in it:\n{data}"

    def assert_no_secret_anywhere(self):
        """The same of all that others may see of the running daemon."""
        for pid in (self.pid, *self.worker_pids()):
            for name in ("cmdline", "environ"):
                path = pathlib.Path(f"/proc/{pid}/{name}")
                self.assert_no_secret(path.read_bytes(), path)
        for path in self.folder.glob("calpresence.db*"):  # the store and its journal
            self.assert_no_secret(path.read_bytes(), path)
        self.assert_clean()

    def close(self):
        """The end of a test: a clean stop if it runs."""
        try:
            if self.running():
                self.stop()
        finally:
            if self._process is not None:
                self._process.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    # What it says about itself.

    def command_line(self, *arguments):
        return [binary(), "-c", str(self.path), *arguments]

    def command(self, *arguments):
        """Runs `calpresence -c FILE ARGUMENTS`; the completed process, output as text."""
        done = subprocess.run(
            self.command_line(*arguments),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert not SANITIZER.search(done.stderr), done.stderr
        self.assert_no_secret(done.stdout + done.stderr, arguments)
        return done

    def _ask(self, target):
        connection = _Socket(self._socket)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            body = answer.read()
            self.assert_no_secret(body, target)
            return json.loads(body) if answer.status == 200 else None
        except (ConnectionError, FileNotFoundError):
            return None
        finally:
            connection.close()

    def status(self):
        """What `status --json` prints; None while nobody answers."""
        return self._ask("/status?format=json")

    def why(self, jid):
        """What `why --json JID` prints; None where that knows nothing."""
        query = urllib.parse.urlencode({"format": "json", "jid": jid})
        return self._ask(f"/why?{query}")

    def wait_status(self, predicate, what="a status", timeout=TIMEOUT_S):
        return self._wait(self.status, predicate, what, timeout)

    def wait_why(self, jid, predicate, what="a reason", timeout=TIMEOUT_S):
        return self._wait(lambda: self.why(jid), predicate, f"{what} of {jid}", timeout)

    def _wait(self, ask, predicate, what, timeout):
        last = None

        def probe():
            nonlocal last
            assert self.running(), f"calpresence ended:\n{self.output()}"
            last = ask()
            return last if last is not None and predicate(last) else None

        try:
            return poll(probe, timeout, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{last}\n{self.output()}") from None

    def wait_calendar(self, jid, state):
        """Waits until the person's calendar was read and says this state."""
        return self.wait_why(
            jid, lambda why: why["calendar"]["state"] == state, f"calendar {state}"
        )

    def gateway(self):
        return self.status()["gateways"][0]

    def wait_gateway(self, predicate, what="the gateway's state", timeout=TIMEOUT_S):
        return self.wait_status(lambda s: predicate(s["gateways"][0]), what, timeout)

    def signal_worker(self, number):
        [pid] = self.worker_pids()
        os.kill(pid, number)

    def worker_pids(self):
        status = self.status()
        return [g["pid"] for g in status["gateways"] if g["pid"]] if status else []


def is_up(status):
    return status["link"]["state"] == "up"


def is_ready(status):
    """The stream is up and every domain has a presence source."""
    return is_up(status) and all(d["source"] != "none" for d in status["domains"])
