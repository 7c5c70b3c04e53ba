"""steps.py SERVER: somebody with a running Prosody or ejabberd follows the documentation.

Run in namespaces of its own (tree.NAMESPACES). What the text cannot know is made first: the
server has the domain example.test with two people, who log in without TLS; mail.example.com
is the simulated Exchange, with a certificate that the system trusts. systemd is not there:
`systemctl` is the program beside this file, which runs the services by their unit files.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(PROJECT / "tests/e2e")]

# pylint: disable=wrong-import-position
import tree  # noqa: E402
from calendars import Calendars, soon  # noqa: E402
from client import Client  # noqa: E402
from guide import Guide, merge_lua, merge_yaml  # noqa: E402
from pki import Authority  # noqa: E402
from record import poll  # noqa: E402
from server import COMPONENT, DOMAIN, PASSWORD  # noqa: E402

CLIENT_PORT = 5222
ETC = pathlib.Path("/etc")
CONFIGURATION = ETC / "calpresence/calpresence.conf"
TRUSTED = ETC / "ssl/certs/ca-certificates.crt"
SERVICE_LOGS = pathlib.Path("/run/systemctl")
EXCHANGE, MAILBOX = "mail.example.com", "alice@example.com"
SECRETS = {"hq.password": "of-the-service-account", "component.secret": "change-me"}
ALICE, CONTACT = f"alice@{DOMAIN}", f"alice@{COMPONENT}"
MEETING = ("dnd", "In a meeting")
RECONNECT_S = 90  # more than the component waits between two tries


def shell(commands, stdin=None):
    """Does the commands, as they stand and each of them shown."""
    done = subprocess.run(
        ["bash", "-exc", commands], stdin=subprocess.DEVNULL if stdin is None else None,
        input=stdin, text=True, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(f"ended with {done.returncode}:\n{commands}")


def replace_once(text, old, new):
    assert text.count(old) == 1, (old, text.count(old))
    return text.replace(old, new)


# The server, as it is before the first step, and what is its own in the text.


class Prosody:
    file = ETC / "prosody/prosody.cfg.lua"
    add_person = "prosodyctl register {} {} {}"
    restart = "systemctl restart prosody"

    def __init__(self, readme, page):
        [self.put, self.finish, _, _] = readme.commands("1. The IM server")
        [self.snippet] = readme.snippets("1. The IM server", "lua")
        steps = page.commands("Prosody on Debian 12 and 13")
        [self.put_2, self.finish_2, self.upgrade] = steps
        self.example = (PROJECT / "config/prosody.cfg.lua.example").read_text()
        [self.without] = readme.snippets("A server without the module", "lua")
        self.check = self.finish.splitlines()[0]

    @staticmethod
    def of_example_test(text):
        return replace_once(text, '\nVirtualHost "localhost"\n', f"""
c2s_require_encryption = false
allow_unencrypted_plain_auth = true

VirtualHost "localhost"

VirtualHost "{DOMAIN}"
""")  # fmt: skip

    @staticmethod
    def merge(text, snippet):
        return merge_lua(text, snippet, DOMAIN)

    def take_away(self):
        pathlib.Path("/usr/local/lib/prosody/modules/mod_calpresence.lua").unlink()
        shell(self.restart)


class Ejabberd:
    file = ETC / "ejabberd/ejabberd.yml"
    add_person = "ejabberdctl register {} {} {}"
    restart = "systemctl restart ejabberd"

    def __init__(self, readme, page):
        [_, _, self.put, self.finish] = readme.commands("1. The IM server")
        [self.snippet] = readme.snippets("1. The IM server", "yaml")
        steps = page.commands("ejabberd on Debian 12 and 13")
        [self.put_2, self.finish_2, self.upgrade, self.away] = steps
        self.example = (PROJECT / "config/ejabberd.yml.example").read_text()
        end = self.example.partition("\n# Without mod_calpresence")[2].partition("\n#\n")[2]
        self.without = re.sub("(?m)^# ?", "", end)
        self.check = self.finish

    @staticmethod
    def of_example_test(text):
        text = replace_once(text, "\n  - localhost\n", f"\n  - localhost\n  - {DOMAIN}\n")
        return replace_once(text, "    starttls_required: true\n", "")

    @staticmethod
    def merge(text, snippet):
        return merge_yaml(text, snippet)

    def take_away(self):
        shell(self.away)
        shell(self.restart)


# Everybody else.


def serve_exchange():
    """An Exchange in which alice has a meeting now."""
    with open(ETC / "hosts", "a", encoding="utf-8") as hosts:
        hosts.write(f"\n127.0.0.1 {EXCHANGE}\n")
    folder = pathlib.Path("/tmp/exchange")
    authority = Authority(folder / "tls", "ca")
    authority.issue("server", f"DNS:{EXCHANGE}")
    TRUSTED.parent.mkdir(parents=True, exist_ok=True)
    with open(TRUSTED, "a", encoding="ascii") as trusted:
        trusted.write(authority.certificate.read_text(encoding="ascii"))
    exchange = Calendars(folder=folder, https_port=443)
    exchange.create(MAILBOX, "bob@example.com")
    exchange.add(MAILBOX, soon(-60), soon(3600))
    return exchange


def listens():
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", CLIENT_PORT)) == 0


def wait_for_server():
    poll(listens, what="the server's port for clients")


def status():
    done = subprocess.run(
        ["calpresence", "status", "--json"], capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout) if done.stdout else None


def alice_is_known():
    done = subprocess.run(["calpresence", "why", ALICE], capture_output=True, check=False)
    return done.returncode == 0


def nothing_needs_somebody():
    """As `status` says by how it ends; the link may have yet to come up."""
    done = subprocess.run(["calpresence", "status"], capture_output=True, check=False)
    return done.returncode == 0


def module_answers():
    [domain] = (status() or {"domains": [None]})["domains"]
    return domain and domain["module"] and domain["module"]["overlays"]


class People:
    """Alice and bob, logged in, who sees her."""

    def __enter__(self):
        wait_for_server()
        self.alice = Client(CLIENT_PORT, "alice").present()
        self.bob = Client(CLIENT_PORT, "bob").present()
        return self

    def __exit__(self, *_):
        self.alice.close()
        self.bob.close()

    def befriend(self):
        self.bob.subscribe(ALICE)
        self.alice.approve(self.bob.jid)
        self.bob.wait_seen(self.alice.full_jid, "available")

    def see_meeting(self):
        self.bob.wait_seen(self.alice.full_jid, *MEETING, timeout=RECONNECT_S)


# The steps.


def set_up(readme, server, original):
    """README.md, from the first line on, in both publish modes."""
    [build] = readme.commands("Set-up in five minutes")
    shell(build)
    shell(server.put)
    server.file.write_text(server.merge(original, server.snippet), encoding="utf-8")
    shell(server.finish)
    [secrets] = readme.commands("2. Exchange")
    for command in secrets.splitlines():
        shell(command, SECRETS[pathlib.Path(command.split()[-1]).name] + "\n")
    [configuration] = readme.snippets("3. calpresence")
    CONFIGURATION.write_text(configuration, encoding="utf-8")
    [start, by_hand] = readme.commands("3. calpresence")
    with People() as people:
        people.befriend()
        ahead, status_command, rest = start.partition("calpresence status")
        shell(ahead)
        poll(nothing_needs_somebody, what="a status without complaints")
        poll(alice_is_known, what="word of alice")
        shell(status_command + rest)
        people.bob.subscribe(CONTACT)
        people.bob.wait_seen(CONTACT, *MEETING)
        user_mode = readme.quotes("3. calpresence", r"^publish = .*user")
        CONFIGURATION.write_text(configuration + user_mode + "\n", encoding="utf-8")
        shell("calpresence reload")
        people.see_meeting()
        shell("calpresence status; calpresence why alice@example.test")
        assert module_answers()
    shell("systemctl stop calpresence")
    run_by_hand(by_hand)


def run_by_hand(commands):
    """The last of the commands is the daemon."""
    for folder in "/var/lib/calpresence", "/run/calpresence":
        shutil.rmtree(folder)
    *before, last = commands.splitlines()
    shell("\n".join(before))
    with subprocess.Popen(["bash", "-xc", "exec " + last]) as daemon:
        try:
            poll(module_answers, what="the module's answer to a daemon that is run by hand")
        finally:
            daemon.terminate()
    assert daemon.returncode == 0


def follow_page(server, original):
    """docs/SERVER-MODULE.md, from a server without the module on."""
    server.file.write_text(original, encoding="utf-8")
    server.take_away()
    wait_for_server()
    shell("systemctl start calpresence")
    shell(server.put_2)
    server.file.write_text(server.merge(original, server.example), encoding="utf-8")
    shell(server.finish_2)
    with People() as people:
        people.see_meeting()
        assert module_answers()
    shell(server.upgrade)
    with People() as people:
        people.see_meeting()


def check_without(server, original):
    """Whether the server takes the configuration without the module."""
    server.file.write_text(server.merge(original, server.without), encoding="utf-8")
    shell(server.check)


def main(name):
    tree.enter(PROJECT)
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
    shutil.copy2(HERE / "systemctl", "/usr/local/sbin")
    readme = Guide(PROJECT / "README.md")
    server = {"prosody": Prosody, "ejabberd": Ejabberd}[name](
        readme, Guide(PROJECT / "docs/SERVER-MODULE.md")
    )
    exchange = serve_exchange()
    original = server.of_example_test(server.file.read_text(encoding="utf-8"))
    server.file.write_text(original, encoding="utf-8")
    shell(server.restart)
    for person in "alice", "bob":
        shell(server.add_person.format(person, DOMAIN, PASSWORD))
    try:
        set_up(readme, server, original)
        follow_page(server, original)
        check_without(server, original)
    except BaseException:
        subprocess.run("calpresence status; calpresence why " + ALICE, shell=True, check=False)
        for log in SERVICE_LOGS.glob("*.log"):
            print(f"== {log}", log.read_text(errors="replace")[-8000:], sep="\n", flush=True)
        raise
    exchange.assert_well_spoken()


if __name__ == "__main__":
    main(sys.argv[1])
