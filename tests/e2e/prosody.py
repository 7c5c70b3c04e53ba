"""Prosody with a configuration of our own."""

import pathlib

from processes import Process
from server import Server

MODULES = pathlib.Path(__file__).resolve().parent / "prosody_modules"
CONFIGURATION = """
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
certificates = "{folder}"
plugin_paths = {{ "/usr/lib/prosody/modules", "{modules}" }}
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

Component "{component}"
    modules_enabled = {{ "privilege" }}
    component_secret = "{secret}"
    validate_from_addresses = {validate}
    component_conflict_resolve = "{conflict}"
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
        roster = 'roster = "both",' if self.options.roster else ""
        privileges = PRIVILEGES.format(component=self.component, roster=roster)
        text = CONFIGURATION.format(
            folder=self.folder,
            domain=self.domain,
            component=self.component,
            modules=MODULES,
            more=self._more_modules(),
            less="" if self.options.peers else '"s2s"',
            routes=", ".join(f'["{to}"] = {port}' for to, port in self.options.peers),
            peer_port=self.peer_port,
            client_port=self.client_port,
            component_port=self.component_port,
            privileges=privileges if self.options.privileges else "",
            secret=self.options.secret,
            validate="false" if self.options.trust else "true",
            conflict="kick_old" if self.options.kick_old else "kick_new",
        )
        (self.folder / "data").mkdir(exist_ok=True)
        members = "".join(f"{jid}\n" for jid in self.options.group)
        (self.folder / "groups").write_text(f"[Team]\n{members}", encoding="utf-8")
        path = self.folder / "prosody.cfg.lua"
        path.write_text(text, encoding="utf-8")
        return Process(self.name, ["prosody", "--config", str(path), "-F"])

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

    def _more_modules(self):
        peers = '"dialback", "routes", ' if self.options.peers else ""
        return peers + ('"groups", ' if self.options.group else "")
