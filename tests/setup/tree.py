"""A copy of the machine of which nothing stays: an overlay of memory over /, in namespaces of
its own for mounts, processes and the network. What runs in it is root there and has all ports.
"""

import fcntl
import os
import pathlib
import socket
import struct
import subprocess
import sys


def is_mounted(path):
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        return any(line.split()[4] == str(path) for line in mounts)


NAMESPACES = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--net", "--fork",
              "--kill-child", "--propagation"]  # fmt: skip
# The root of tests/debian/enter is no mount, and those above it are private already.
NAMESPACES += ["private" if is_mounted("/") else "unchanged"]
ROOT, UPPER = pathlib.Path("/mnt/root"), pathlib.Path("/mnt/upper")
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def run(*command):
    subprocess.run(command, check=True)


def overlay(lower, upper, target):
    """What is written below target lands in upper instead of in lower."""
    work = upper.with_name(upper.name + ".work")
    for folder in (upper, work, target):
        folder.mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    run("mount", "-t", "overlay", "overlay", "-o", options, target)


def raise_loopback():
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def inside(folder):
    """Where the copy has it."""
    return ROOT / folder.relative_to("/")


def enter(project):
    """In the namespaces: makes the copy and changes into it. The project is in it at its place,
    and what is written there stays out of it."""
    run("mount", "-t", "tmpfs", "tmpfs", ROOT.parent)
    overlay("/", UPPER / "root", ROOT)
    for number, folder in enumerate((project, project / "build")):
        if is_mounted(folder) or (folder == project and not inside(folder).exists()):
            overlay(folder, UPPER / str(number), inside(folder))
    run("mount", "-t", "proc", "proc", ROOT / "proc")
    run("mount", "--rbind", "/dev", ROOT / "dev")
    for folder, mode in (("tmp", "1777"), ("run", "755")):
        run("mount", "-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", ROOT / folder)
    raise_loopback()
    os.chroot(ROOT)
    os.chdir(project)


def reason_against():
    """Why there can be no such copy here, or None."""
    if os.geteuid() != 0:
        return "it takes root"
    done = subprocess.run(
        [*NAMESPACES, sys.executable, __file__], capture_output=True, text=True, check=False
    )
    return None if done.returncode == 0 else f"no overlay over /: {done.stderr.strip()}"


if __name__ == "__main__":
    enter(pathlib.Path(__file__).resolve().parents[2])
