"""ejabberd with a configuration of our own, without its neighbours' epmd."""

import json
import os
import pathlib
import shutil
import subprocess
import urllib.error
import urllib.request
import uuid
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

from ports import Port
from processes import Process
from server import MODULES, PASSWORD, ROOMS, START_S, Server

CONFIGURATION = """
hosts: ["{domain}"]
loglevel: info
log_rotate_count: 0
auth_method: internal
auth_password_format: plain
registration_timeout: infinity
api_permissions:
  tests:
    from: mod_http_api
    who: all
    what: [srg_create, srg_user_add, reload_config, unregister, import_piefxis]
s2s_access: {peers}
s2s_dns_timeout: 1
s2s_dns_retries: 1
s2s_max_retry_delay: 1
outgoing_s2s_port: {out_port}
acl:
  component:
    server: "{component}"
access_rules:
  component:
    allow: component
  nobody:
    deny: all
listen:
  - port: {client_port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    access: all
    shaper: none
  - port: {component_port}
    ip: "127.0.0.1"
    module: ejabberd_service
    access: all
    shaper: none
    check_from: {check_from}
    # Each component gets what is for itself alone.
    global_routes: false
    hosts: {components}
{listeners}
modules:
  mod_blocking: {{}}
  mod_caps: {{}}
  mod_disco: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_pubsub:
    plugins: [flat, pep]
  mod_register:
    access: all
    ip_access: all
  mod_roster: {rosters}
  mod_s2s_dialback: {{}}
  mod_version: {{}}
{shared}
{usual}
{privileges}
{module}
"""

# No name server is asked for the ports of other servers, nobody answers there.
INETRC = "{lookup, [file]}.\n{nameserver, {127,0,0,1}, 1}.\n"

MODULE = """
  mod_calpresence:
    components: {components}
    lease: {lease}
"""

USUAL = """
  mod_avatar: {{}}
  mod_carboncopy: {{}}
  mod_client_state: {{}}
  mod_muc:
    host: "{rooms}"
  mod_stream_mgmt: {{}}
  mod_vcard: {{}}
  mod_vcard_xupdate: {{}}
"""

SHARED = """
  mod_admin_extra: {}
  mod_shared_roster: {}
"""

COMMANDS_LISTENER = """
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /api: mod_http_api
"""

PEER_LISTENER = """
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_s2s_in
"""

PRIVILEGES = """
  mod_privilege:
    roster:
      both: {roster}
    presence:
      managed_entity: component
      roster: {received}
"""

# No distribution port at all: -dist_listen false, and no epmd.
CTL = """
ERL_OPTIONS="-env ERL_CRASH_DUMP_BYTES 0 -start_epmd false -dist_listen false -pa {folder}/ebin"
EJABBERD_PID_PATH={folder}/ejabberd.pid
CONTRIB_MODULES_PATH={folder}/modules
CONTRIB_MODULES_CONF_DIR={folder}/modules.d
CONFIG_DIR={folder}
"""


# Where Debian keeps the headers that the module needs, with the code in the folder beside.
INCLUDES = ("usr/lib/*/ejabberd-*/include", "usr/lib/erlang/lib/p1_xmpp-*/include")

# Contact lists that cannot always be read.
MOODY = pathlib.Path(__file__).resolve().parents[1] / "modules/mod_roster_moody.erl"

USER = "ejabberd"  # the package's; ejabberdctl refuses others


class Ejabberd(Server):
    name = "ejabberd"
    complete = False  # its presence privilege tells of no lost session

    def __init__(self, *args):
        super().__init__(*args)
        # The spool belongs to the node of this name.
        self._commands_port = Port()
        self._node = f"calpresence-{uuid.uuid4().hex}@localhost"

    def start(self):
        super().start()
        self._process.wait_log("is started in the node", START_S)
        if self.options.group:
            self._make_group()
        # ejabberdctl waits for the virtual machine, which is who signals are for.
        self._process.target = int((self.folder / "ejabberd.pid").read_text())
        return self

    def _launch(self):
        peers = self.options.peers
        privileges = PRIVILEGES.format(
            roster="component" if self.options.roster else "nobody",
            received="component" if self.options.received else "nobody",
        )
        text = CONFIGURATION.format(
            domain=self.domain,
            component=self.component,
            components=json.dumps(
                {name: {"password": self.options.secret} for name in self.all_components()}
            ),
            peers="all" if peers else "none",
            out_port=peers[0][1] if peers else 1,
            listeners=self._more_listeners(),
            shared=SHARED if self.options.group else "",
            client_port=self.client_port,
            component_port=self.component_port,
            privileges=privileges if self.options.privileges else "",
            usual=USUAL.format(rooms=ROOMS) if self.options.usual else "",
            module=self._module(),
            rosters=json.dumps({"db_type": self.options.rosters}),
            check_from="false" if self.options.trust else "true",
        )
        (self.folder / "ejabberd.yml").write_text(text, encoding="utf-8")
        if self.options.module:
            self._compile()
        ctl = CTL.format(folder=self.folder)
        (self.folder / "ejabberdctl.cfg").write_text(ctl, encoding="utf-8")
        (self.folder / "inetrc").write_text(INETRC, encoding="utf-8")
        for name in ("spool", "logs"):
            (self.folder / name).mkdir(exist_ok=True)
        as_root = os.geteuid() == 0
        if as_root:
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, USER)
        return Process(
            self.name,
            [
                *("ejabberdctl", "-n", self._node),
                *("-s", f"{self.folder}/spool", "-l", f"{self.folder}/logs"),
                *("-f", f"{self.folder}/ejabberd.yml"),
                *("-c", f"{self.folder}/ejabberdctl.cfg", "foreground"),
            ],
            env={"HOME": str(self.folder)},
            cwd=self.folder,
            user=USER if as_root else None,
        )

    def _more_listeners(self):
        peers = PEER_LISTENER.format(port=self.peer_port) if self.options.peers else ""
        commands = COMMANDS_LISTENER.format(port=self._commands_port.number)
        return peers + (commands if self.options.group or self.options.module else "")

    def _module(self):
        if not self.options.module:
            return ""
        allowed = json.dumps(self.allowed_components())
        return MODULE.format(components=allowed, lease=self.options.lease_s)

    def _compile(self):
        """mod_calpresence by the headers of the installed server, once in its life."""
        beams = self.folder / "ebin"
        if beams.exists():
            return
        beams.mkdir()
        includes = [d for pattern in INCLUDES for d in sorted(pathlib.Path("/").glob(pattern))]
        paths = [word for d in includes for word in ("-I", d, "-pa", d.parent / "ebin")]
        sources = (MODULES / "ejabberd/src/mod_calpresence.erl", MOODY)
        subprocess.run(["erlc", "-Werror", *paths, "-o", beams, *sources], check=True)

    # As an administrator does it while the server runs.

    def load_module(self):
        self.reload(self.options)

    def unload_module(self):
        self._reload("")

    def _reload(self, module):
        """The configuration with this section of mod_calpresence, the last in it."""
        path = self.folder / "ejabberd.yml"
        before = path.read_text(encoding="utf-8").partition("  mod_calpresence:")[0]
        path.write_text(before + module, encoding="utf-8")
        self._command("reload_config")

    def reload_module(self):
        """As reload_config does where an option changed."""
        self.reload(replace(self.options, lease_s=self.options.lease_s + 1))

    def reload(self, options):
        """Has it read the section of mod_calpresence by these options."""
        self.options = options
        self._reload(self._module())

    def delete_user(self, name):
        self._command("unregister", user=name, host=self.domain)

    def _command(self, command, **arguments):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._commands_port.number}/api/{command}",
            json.dumps(arguments).encode(),
        )
        with urllib.request.urlopen(request, timeout=START_S) as answer:
            return json.load(answer)

    def _make_group(self):
        team = {"group": "team", "host": self.domain}
        try:
            self._command("srg_create", **team, name="", description="", display="team")
        except urllib.error.HTTPError:  # since 24.02 it takes a list
            self._command("srg_create", **team, label="", description="", display=["team"])
        for jid in self.options.group:
            user = jid.partition("@")[0]
            answer = self._command("srg_user_add", **team, user=user, grouphost=self.domain)
            assert answer == 0, answer

    def add_people(self, rosters):
        """Registers people at once: name -> JIDs of contacts, who see and are seen."""
        data = ElementTree.Element("server-data", xmlns="urn:xmpp:pie:0")
        host = ElementTree.SubElement(data, "host", jid=self.domain)
        for name, jids in rosters.items():
            user = ElementTree.SubElement(host, "user", name=name, password=PASSWORD)
            query = ElementTree.SubElement(user, "query", xmlns="jabber:iq:roster")
            for jid in jids:
                ElementTree.SubElement(query, "item", jid=jid, subscription="both")
        path = self.folder / "people.xml"
        path.write_bytes(ElementTree.tostring(data))
        path.chmod(0o644)
        answer = self._command("import_piefxis", file=str(path))
        assert answer == 0, answer

    def close(self):
        super().close()
        self._commands_port.release()
