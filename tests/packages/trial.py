"""trial.py TREE: the packages in a machine on which apt has installed them, from the start of
the daemon to their purge, with the servers of its Debian.

Run in namespaces of its own (tree.NAMESPACES): the network is its own loopback.
/packages has the packages, /packages/older older versions of the same, which are installed.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(PROJECT / "tests/setup"), str(PROJECT / "tests/e2e")]

# pylint: disable=wrong-import-position
import steps  # noqa: E402
import tree  # noqa: E402
from calendars import Calendars, soon  # noqa: E402
from client import Client  # noqa: E402
from guide import Guide  # noqa: E402
from machine import Machine  # noqa: E402
from pki import Authority  # noqa: E402
from record import poll  # noqa: E402
from server import DOMAIN, PASSWORD  # noqa: E402
from steps import ALICE, CLIENT_PORT, CONTACT, EXCHANGE, MAILBOX, MEETING, SECRETS  # noqa: E402

CONFIGURATION = "/etc/calpresence/calpresence.conf"
STORE = "/var/lib/calpresence/calpresence.db"
DOCUMENTS = "/usr/share/doc"
DROP_INS = "/etc/systemd/system/calpresence.service.d"
START_S = 60


class Trial:
    def __init__(self, machine):
        self.machine = machine
        self.readme = Guide(PROJECT / "README.md")
        self.exchange = self._serve_exchange()
        self.alice = self.bob = None

    def _serve_exchange(self):
        """An Exchange, which the machine trusts, in which alice has a meeting now."""
        folder = pathlib.Path("/tmp/exchange")
        authority = Authority(folder / "tls", "ca")
        authority.issue("server", f"DNS:{EXCHANGE}")
        self.machine.write(
            "/usr/local/share/ca-certificates/exchange.crt",
            authority.certificate.read_text(encoding="ascii"),
        )
        hosts = self.machine.read("/etc/hosts") + f"\n127.0.0.1 {EXCHANGE}\n"
        self.machine.write("/etc/hosts", hosts)
        self.machine.run("update-ca-certificates")
        exchange = Calendars(folder=folder, https_port=443)
        exchange.create(MAILBOX, "bob@example.com")
        exchange.add(MAILBOX, soon(-60), soon(3600))
        return exchange

    # What there is to see.

    def active(self):
        return self.machine.succeeds("systemctl is-active calpresence")

    def main_pid(self, service="calpresence"):
        return self.machine.ask(f"systemctl show --property MainPID --value {service}").strip()

    def version(self):
        return self.machine.ask("dpkg-query -W -f '${Version}' calpresence")

    def module_answers(self):
        text = self.machine.ask("calpresence status --json")
        domains = json.loads(text)["domains"] if text else []
        return all(d["module"] and d["module"]["overlays"] for d in domains) and domains

    def log_in(self):
        steps.wait_for_server()
        self.alice = Client(CLIENT_PORT, "alice").present()
        self.bob = Client(CLIENT_PORT, "bob").present()

    def log_out(self):
        self.alice.close()
        self.bob.close()

    def befriend(self):
        self.bob.subscribe(ALICE)
        self.alice.approve(self.bob.jid)

    def see_meeting(self):
        self.bob.wait_seen(self.alice.full_jid, *MEETING, timeout=START_S)

    def see_own(self):
        self.bob.wait_seen(self.alice.full_jid, "available", timeout=START_S)

    # What an administrator does.

    def set_up_prosody(self):
        example = self.machine.read(f"{DOCUMENTS}/calpresence-prosody/examples/prosody.cfg.lua.example")
        file = "/etc/prosody/prosody.cfg.lua"
        original = steps.Prosody.of_example_test(self.machine.read(file))
        self.machine.write(file, steps.Prosody.merge(original, example))
        self.machine.run("prosodyctl check config; systemctl restart prosody")
        for name in "alice", "bob":
            self.machine.run(f"prosodyctl register {name} {DOMAIN} {PASSWORD}")

    def set_up_ejabberd(self):
        example = self.machine.read(f"{DOCUMENTS}/calpresence-ejabberd/examples/ejabberd.yml.example")
        file = "/etc/ejabberd/ejabberd.yml"
        original = steps.Ejabberd.of_example_test(self.machine.read(file))
        self.machine.write(file, steps.Ejabberd.merge(original, example))
        self.machine.run("systemctl enable ejabberd; systemctl restart ejabberd")
        steps.wait_for_server()
        for name in "alice", "bob":
            self.machine.run(f"ejabberdctl register {name} {DOMAIN} {PASSWORD}")

    def configure(self):
        """README.md, of what is left to do."""
        [secrets] = self.readme.commands("2. Exchange")
        for command in secrets.splitlines():
            self.machine.run(command, SECRETS[pathlib.Path(command.split()[-1]).name] + "\n")
        [configuration] = self.readme.snippets("3. calpresence")
        modes = 'publish = { modes = [ "component", "user" ]; };\n'
        self.machine.write(CONFIGURATION, configuration + modes)
        self.machine.run("calpresence -n; systemctl enable --now calpresence")
        poll(self.module_answers, START_S, "the module's answer")

    # The story.

    def run(self):
        assert not self.active()
        assert self.machine.succeeds("systemctl is-enabled calpresence")
        assert not self.machine.succeeds("systemctl is-failed calpresence")
        self.set_up_prosody()
        self.configure()
        self.log_in()
        self.befriend()
        self.see_meeting()
        self.bob.subscribe(CONTACT)
        self.bob.wait_seen(CONTACT, *MEETING)
        self.machine.run("systemctl reload calpresence")
        self.look_at_unit()
        self.upgrade()
        self.hang()
        self.hand_credentials()
        self.remove_and_come_back()
        self.log_out()
        self.change_to_ejabberd()
        self.purge()
        self.exchange.assert_well_spoken()

    def upgrade(self):
        """The store of the older version goes on to be used; nobody sees anything of it."""
        older, before = self.version(), self.main_pid()
        mark = self.bob.presences.mark()
        self.machine.run("dpkg -i /packages/calpresence*.deb")
        self.machine.run("prosodyctl shell module reload calpresence example.test")
        assert self.version() != older
        assert self.active() and self.main_pid() != before
        poll(self.module_answers, START_S, "the module's answer to the new version")
        self.alice.present("away")
        self.bob.wait_seen(CONTACT, *MEETING)
        self.see_meeting()
        shown = {(p.show, p.status) for p in self.bob.presences.items(mark)
                 if p.sender.startswith("alice@") and p.type == "available"}
        assert shown <= {MEETING}, shown
        self.alice.present()

    def look_at_unit(self):
        troubles = self.machine.ask("journalctl --unit calpresence --priority warning --quiet")
        assert troubles == "", troubles
        self.machine.run("""
            systemd-analyze verify --man=no calpresence.service
            systemd-analyze security --no-pager --threshold=20 calpresence.service | tail -n 1
            bash -c 'source /usr/share/bash-completion/completions/calpresence'
            for folder in /etc/calpresence /var/lib/calpresence /run/calpresence; do
                test "$(stat --format %A $folder)" = drwxr-x---
            done""")

    def hang(self):
        """One that no longer says that it is alive is started anew."""
        before = self.main_pid()
        self.machine.write(f"{DROP_INS}/watchdog.conf", "[Service]\nWatchdogSec=2\nRestartSec=0\n")
        self.machine.run("systemctl daemon-reload; systemctl restart calpresence")
        frozen = self.main_pid()
        assert frozen != before
        self.machine.run("systemctl kill --kill-whom=main --signal=STOP calpresence")
        poll(lambda: self.main_pid() not in ("0", frozen) and self.active(), START_S, "a new one")
        self.machine.run(f"rm {DROP_INS}/watchdog.conf; systemctl daemon-reload")
        poll(self.module_answers, START_S, "the module's answer to the new one")

    def hand_credentials(self):
        """systemd hands root's own files to the service, as the example has it."""
        self.machine.run(f"""
            chown root:root /etc/calpresence/*.password /etc/calpresence/*.secret
            chmod 600 /etc/calpresence/*.password /etc/calpresence/*.secret
            install -D -m 644 -t {DROP_INS} {DOCUMENTS}/calpresence/examples/credentials.conf
            sed -i 's,/etc/calpresence/\\(component.secret\\|hq.password\\),'`
                `'/run/credentials/calpresence.service/\\1,' {CONFIGURATION}
            grep -c /run/credentials/ {CONFIGURATION}
            systemctl daemon-reload
            systemctl restart calpresence""")
        poll(self.module_answers, START_S, "the module's answer to a daemon with credentials")
        self.machine.run("systemctl reload calpresence")
        self.see_meeting()

    def remove_and_come_back(self):
        self.machine.run("dpkg --remove calpresence")
        assert not self.active()
        self.see_own()
        assert self.machine.path(STORE).exists() and self.machine.path(CONFIGURATION).exists()
        assert not self.machine.path("/usr/sbin/calpresence").exists()
        self.machine.run("dpkg -i /packages/calpresence_*.deb")
        self.see_meeting()

    def change_to_ejabberd(self):
        self.machine.run("systemctl stop prosody; systemctl reset-failed")
        self.set_up_ejabberd()
        poll(self.module_answers, START_S, "the answer of ejabberd's module")
        self.log_in()
        self.befriend()
        self.see_meeting()
        self.log_out()
        # As when ejabberd is upgraded.
        before = self.main_pid("ejabberd")
        beam = "/usr/lib/erlang/lib/mod_calpresence/ebin/mod_calpresence.beam"
        self.machine.run(f"""
            rm {beam}
            dpkg-trigger --by-package=ejabberd /usr/sbin/ejabberdctl
            dpkg --triggers-only --pending
            test -s {beam}""")
        again = self.main_pid("ejabberd")
        assert again not in ("0", before)
        self.machine.run("""
            dpkg-trigger --by-package=ejabberd /usr/sbin/ejabberdctl
            dpkg --triggers-only --pending""")
        assert self.main_pid("ejabberd") == again, "restarted for nothing"
        poll(self.module_answers, START_S, "the module's answer after a restart of ejabberd")
        self.log_in()
        self.see_meeting()
        self.log_out()

    def purge(self):
        self.machine.run("systemctl stop ejabberd")
        self.machine.run("dpkg --purge calpresence calpresence-prosody calpresence-ejabberd")
        assert not self.machine.succeeds("systemctl cat calpresence")
        left = self.machine.ask(
            "find / -xdev -path /packages -prune -o -iname '*calpresence*' -print"
        ).split()
        # That of the administrator, who put it there.
        assert left == [DROP_INS], left
        assert self.machine.succeeds("id calpresence")


def main(root):
    tree.run("mount", "-t", "proc", "proc", "/proc")
    tree.raise_loopback()
    with Machine(root) as machine:
        try:
            Trial(machine).run()
        except BaseException:
            for command in (
                "calpresence status", f"calpresence why {ALICE}", "systemctl --failed",
                "journalctl --no-pager --lines 60 --unit calpresence",
                "journalctl --no-pager --lines 30 --unit prosody --unit ejabberd",
            ):  # fmt: skip
                print(f"== {command}", machine.ask(command), sep="\n", flush=True)
            raise


if __name__ == "__main__":
    main(sys.argv[1])
