"""Child processes: started in a session of their own, ended by their process id."""

import contextlib
import os
import re
import signal
import subprocess
import threading

from record import TIMEOUT_S, Record


class Process:
    """A child process whose output is collected line by line."""

    def __init__(self, name, argv, env=None, cwd=None, user=None):
        self.log = Record(name)
        self._child = subprocess.Popen(
            argv,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = self._child.pid
        self.target = self.pid  # whom signals go to: a wrapper's child, if it is one
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._child.stdout:
            self.log.append(line.decode("utf-8", "replace").rstrip("\n"))
        self.log.wake()

    def running(self):
        return self._child.poll() is None

    def output(self):
        return "\n".join(self.log.items())

    def wait_log(self, pattern, timeout=TIMEOUT_S, after=0):
        """The first line of output that the regular expression is found in."""
        what = f"a line like /{pattern}/"
        return self.log.wait(lambda line: re.search(pattern, line), timeout, after, what)

    def signal(self, number):
        if self.running():
            os.kill(self.target, number)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def wait(self, timeout=TIMEOUT_S):
        """The exit status, once it ended and all of its output was read."""
        status = self._child.wait(timeout)
        self._reader.join(timeout)
        return status

    def stop(self, timeout=TIMEOUT_S):
        """SIGTERM, and SIGKILL to what does not heed it. Returns the exit status."""
        self.thaw()
        self.signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.log.name} did not end in {timeout} s") from None

    def kill(self):
        """SIGKILL to the process and to what is left of its session."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.wait()


def alive(pid):
    """Whether a process runs: there, and not a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
