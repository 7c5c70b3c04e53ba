"""A whole machine in a folder: a tree of Debian with its own systemd as process 1.

It is in namespaces of its own but for the network, which is that of who starts it: clients and
the simulated Exchange of the test reach its servers, and are reached, on the loopback.
"""

import os
import pathlib
import shutil
import signal
import subprocess

from record import poll

ENVIRONMENT = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "TERM=dumb"]  # fmt: skip
# Process 1 and what it needs: its own /proc, /dev and /run, and a control group as its root.
BOOT = """
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
	touch dev/$device
	mount --bind /dev/$device dev/$device
done
mkdir dev/pts dev/shm .host
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
pivot_root . .host
umount -l /.host
rmdir /.host
# As process 1 of a real machine has it: credentials come to services that way.
mount --make-rshared /
exec env -i container=calpresence-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
"""
HIERARCHIES = [pathlib.Path("/sys/fs/cgroup/unified"), pathlib.Path("/sys/fs/cgroup")]
WAIT_S = 120


def reason_against():
    """Why no machine can be booted here, or None."""
    if os.geteuid() != 0:
        return "it takes root"
    for program in "debootstrap", "unshare", "nsenter":
        if not shutil.which(program):
            return f"{program} is not installed"
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--cgroup", "--fork", "--mount-proc",
         "mount", "-t", "cgroup2", "cgroup2", "/mnt"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return None if done.returncode == 0 else f"no control groups: {done.stderr.strip()}"


def chroot(root, commands):
    """Does the commands in the tree, with the network of the machine that the test runs on;
    ends with all that they started."""
    subprocess.run(
        ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child",
         f"--mount-proc={root}/proc", "chroot", root, *ENVIRONMENT, "bash", "-exc", commands],
        stdin=subprocess.DEVNULL, check=True,
    )  # fmt: skip


class Machine:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self._group = None
        self._unshare = None
        self._first = None

    def __enter__(self):
        hierarchy = next(h for h in HIERARCHIES if (h / "cgroup.procs").exists())
        # Of one that was killed an empty group may be left.
        self._group = hierarchy / f"calpresence-test-{self.root.stat().st_ino}"
        self._group.mkdir(exist_ok=True)
        self._unshare = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "sh", "-ec",
             f'echo $$ >"{self._group}/cgroup.procs"; exec "$@"', "sh",
             "unshare", "--mount", "--pid", "--cgroup", "--ipc", "--uts", "--fork", "--kill-child",
             "bash", "-euc", BOOT, "bash", self.root],
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        poll(self._find_first, what="process 1")
        poll(self._is_up, WAIT_S, "a machine that is up")
        return self

    def __exit__(self, *_):
        os.kill(self._first, signal.SIGKILL)
        self._unshare.wait()
        for folder, _, _ in os.walk(self._group, topdown=False):
            # What was killed leaves its group a moment later.
            poll(lambda f=folder: self._remove(f), what=f"the end of {folder}")

    @staticmethod
    def _remove(folder):
        try:
            os.rmdir(folder)
        except OSError:
            return not os.path.exists(folder)
        return True

    def _find_first(self):
        assert self._unshare.poll() is None, "the machine did not start"
        pid = self._unshare.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        self._first = int(children) if children.strip() else None
        return self._first

    def _is_up(self):
        assert self._unshare.poll() is None, "the machine ended"
        if pathlib.Path(f"/proc/{self._first}/comm").read_text(encoding="ascii") != "systemd\n":
            return False
        return self.ask("systemctl is-system-running").strip() in ("running", "degraded")

    def _command(self, commands, *options):
        return ["nsenter", "--target", str(self._first), "--mount", "--pid", "--cgroup", "--ipc",
                "--uts", "--root", *ENVIRONMENT, "bash", *options, commands]  # fmt: skip

    def run(self, commands, stdin=None):
        """Does the commands, each of them shown."""
        done = subprocess.run(
            self._command(commands, "-o", "pipefail", "-exc"),
            stdin=subprocess.DEVNULL if stdin is None else None, input=stdin, text=True,
            stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise AssertionError(f"ended with {done.returncode}:\n{commands}")

    def ask(self, command):
        """What it prints, however it ends."""
        done = subprocess.run(
            self._command(command, "-c"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, check=False,
        )  # fmt: skip
        return done.stdout

    def succeeds(self, command):
        done = subprocess.run(
            self._command(command, "-c"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return done.returncode == 0

    def path(self, name):
        return self.root / name.lstrip("/")

    def read(self, name):
        return self.path(name).read_text(encoding="utf-8")

    def write(self, name, text):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
