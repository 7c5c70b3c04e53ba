"""Prosody with a configuration of our own."""

import pathlib
import subprocess

from processes import Process
from server import MODULES, PASSWORD, ROOMS, START_S, Server

OWN_MODULES = pathlib.Path(__file__).resolve().parent / "prosody_modules"
CONFIGURATION = """
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
certificates = "{folder}"
plugin_paths = {{ "/usr/lib/prosody/modules", "{own_modules}", "{modules}" }}
log = {{ info = "*console" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {client_port} }}
component_interfaces = {{ "127.0.0.1" }}
component_ports = {{ {component_port} }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
allow_registration = true
modules_enabled = {{
    "roster", "saslauth", "disco", "ping", "version", "pep", "blocklist", "presence",
    "register_ibr", "privilege", {more}
}}
modules_disabled = {{ "tls", "offline", {less} }}
s2s_ports = {{ {peer_port} }}
s2s_require_encryption = false
s2s_routes = {{ {routes} }}
groups_file = "{folder}/groups"

VirtualHost "{domain}"
    privileged_entities = {{ {privileges} }}
{module}
{components}
{rooms}
"""

COMPONENT_SECTION = """
Component "{component}"
    modules_enabled = {{ {privilege} }}
    component_secret = "{secret}"
    validate_from_addresses = {validate}
    component_conflict_resolve = "{conflict}"
"""

USUAL = '"smacks", "carbons", "csi", "csi_simple", "vcard_legacy", '
MODULE = """
    modules_enabled = {{ "calpresence" }}
    calpresence_components = {{ {components} }}
    calpresence_lease = {lease}
"""

PRIVILEGES = """
        ["{component}"] = {{
            {roster}
            presence = "managed_entity",
            iq = {{ ["urn:xmpp:blocking"] = "get" }},
        }},
"""


class Prosody(Server):
    name = "prosody"
    complete = True  # its presence privilege tells of every session, also of lost ones

    def _launch(self):
        (self.folder / "data").mkdir(exist_ok=True)
        members = "".join(f"{jid}\n" for jid in self.options.group)
        (self.folder / "groups").write_text(f"[Team]\n{members}", encoding="utf-8")
        self._write_configuration()
        return Process(self.name, ["prosody", "--config", str(self._path), "-F"])

    @property
    def _path(self):
        return self.folder / "prosody.cfg.lua"

    def _write_configuration(self):
        roster = 'roster = "both",' if self.options.roster else ""
        privileges = PRIVILEGES.format(component=self.component, roster=roster)
        text = CONFIGURATION.format(
            folder=self.folder,
            domain=self.domain,
            own_modules=OWN_MODULES,
            modules=MODULES / "prosody",
            more=self._more_modules(),
            less="" if self.options.peers else '"s2s"',
            routes=", ".join(f'["{to}"] = {port}' for to, port in self.options.peers),
            peer_port=self.peer_port,
            client_port=self.client_port,
            component_port=self.component_port,
            privileges=privileges if self.options.privileges else "",
            module=self._module(),
            components="".join(map(self._component, self.all_components())),
            rooms=f'Component "{ROOMS}" "muc"' if self.options.usual else "",
        )
        self._path.write_text(text, encoding="utf-8")

    def add_contacts(self, name, jids):
        """Adds contacts who may see her to the list of somebody who is offline."""
        domain = self.domain.replace(".", "%2e")
        path = self.folder / "data" / domain / "roster" / f"{name}.dat"
        entries = "".join(
            f'\t["{jid}"] = {{ subscription = "from"; groups = {{}}; }};\n'
            for jid in jids
        )
        text = path.read_text(encoding="utf-8").replace("{\n", "{\n" + entries, 1)
        path.write_text(text, encoding="utf-8")

    def add_people(self, rosters):
        """Registers people at once: name -> JIDs of contacts, who see and are seen."""
        data = self.folder / "data" / self.domain.replace(".", "%2e")
        for name, jids in rosters.items():
            contacts = "".join(
                f'\t["{jid}"] = {{ subscription = "both"; groups = {{}}; }};\n' for jid in jids
            )
            for store, text in (
                ("accounts", f'["password"] = "{PASSWORD}";'),
                ("roster", f"[false] = {{ version = 1; pending = {{}}; }};\n{contacts}"),
            ):
                path = data / store / f"{name}.dat"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"return {{\n{text}\n}};\n", encoding="utf-8")

    def _more_modules(self):
        peers = '"dialback", "routes", ' if self.options.peers else ""
        groups = '"groups", ' if self.options.group else ""
        shell = '"admin_shell", ' if self.options.module else ""
        return peers + groups + shell + (USUAL if self.options.usual else "")

    def _module(self):
        """The section of mod_calpresence in the domain's own."""
        if not self.options.module:
            return ""
        allowed = ", ".join(f'"{name}"' for name in self.allowed_components())
        return MODULE.format(components=allowed, lease=self.options.lease_s)

    def _component(self, name):
        return COMPONENT_SECTION.format(
            component=name,
            privilege='"privilege"' if name == self.component else "",
            secret=self.options.secret,
            validate="false" if self.options.trust else "true",
            conflict="kick_old" if self.options.kick_old else "kick_new",
        )

    # As an administrator does it while the server runs.

    def load_module(self):
        self._shell("module", "load", "calpresence", self.domain)

    def unload_module(self):
        self._shell("module", "unload", "calpresence", self.domain)

    def reload_module(self):
        self._shell("module", "reload", "calpresence", self.domain)

    def reload(self, options):
        """Has it read a configuration with these options."""
        self.options = options
        self._write_configuration()
        self._shell("config:reload()")

    def delete_user(self, name):
        self._shell("user", "delete", f"{name}@{self.domain}")

    def _shell(self, *words):
        command = ["prosodyctl", "--config", str(self._path), "shell", *words]
        subprocess.run(command, check=True, capture_output=True, timeout=START_S)
