"""What Prosody and ejabberd have in common for the tests."""

import pathlib
import shutil
import socket
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from ports import Port
from record import poll

DOMAIN = "example.test"
COMPONENT = "meet.example.test"
ROOMS = "rooms.example.test"  # with the option `usual`
MODULES = pathlib.Path(__file__).resolve().parents[2] / "modules"
PASSWORD = "pass"
START_S = 60


@dataclass(frozen=True)
class Options:
    """How the server treats the component."""

    secret: str = "of-the-component"  # nothing that is said by chance
    trust: bool = False  # the component may speak as the server's users
    privileges: bool = True  # presence and rosters of the server's users
    roster: bool = True  # the roster privilege, where there are privileges
    received: bool = False  # also the presences that users receive (ejabberd)
    kick_old: bool = False  # a second connection drives out the first (Prosody)
    peers: tuple = ()  # (domain, port for servers) of each other server it may talk to
    group: tuple = ()  # JIDs that are in each other's contact lists by the server's will
    module: bool = False  # the server has mod_calpresence, which lets the component in
    lease_s: int = 120  # how long the module waits for a component that says nothing
    components: tuple = ()  # more components that the module lets in
    strangers: tuple = ()  # components of the server that the module knows nothing of
    rosters: str = "mnesia"  # what keeps contact lists (ejabberd)
    usual: bool = False  # what servers usually have besides: stream management, rooms...


MODULE = Options(module=True, privileges=False)  # no more than mode `user` needs


class Server:
    """An IM server on loopback ports, its files in a folder of its own.

    A subclass has `name` and `_launch()`, which writes the configuration and starts it.
    """

    def __init__(self, options=Options(), domain=DOMAIN):
        self.options = options
        self.domain = domain
        self.component = f"meet.{domain}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"calpresence-{self.name}-"))
        self.folder.chmod(0o755)
        self._client_port = Port()
        self._component_port = Port()
        self._peer_port = Port()
        self.peer_port = self._peer_port.number  # for other servers, if there are peers
        self.client_port = self._client_port.number
        self.component_port = self._component_port.number
        self._process = None

    def allowed_components(self):
        """Those that mod_calpresence lets in."""
        return (self.component, *self.options.components)

    def all_components(self):
        return (*self.allowed_components(), *self.options.strangers)

    def start(self):
        self._process = self._launch()
        poll(self._is_up, START_S, f"the start of {self.name}")
        return self

    def _is_up(self):
        assert self._process.running(), self._process.output()
        return self._component_port.is_open() and self._client_port.is_open()

    def stop(self):
        """A clean end, as the system would do it."""
        self._process.stop()

    def kill(self):
        self._process.kill()

    def freeze(self):
        self._process.freeze()

    def thaw(self):
        self._process.thaw()

    def configure(self, options):
        """Runs with these options: restarted where they differ."""
        if options != self.options or not self._process.running():
            if self._process.running():
                self.stop()
            self.options = options
            self.start()

    def close(self):
        """Ends it and removes its files."""
        if self._process is not None:
            self._process.kill()
        self._client_port.release()
        self._component_port.release()
        self._peer_port.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add_user(self, name):
        """Registers name@domain in-band (XEP-0077): much faster than the tools."""
        with socket.create_connection(("127.0.0.1", self.client_port), 10) as stream:
            stream.sendall(
                f"<stream:stream xmlns='jabber:client' version='1.0' to='{self.domain}'"
                " xmlns:stream='http://etherx.jabber.org/streams'>".encode()
            )
            query = ElementTree.Element("query", xmlns="jabber:iq:register")
            ElementTree.SubElement(query, "username").text = name
            ElementTree.SubElement(query, "password").text = PASSWORD
            iq = ElementTree.Element("iq", type="set", id="register")
            iq.append(query)
            self._read_until(stream, b"</stream:features>")
            stream.sendall(ElementTree.tostring(iq))
            answer = self._read_until(stream, b"register")
            assert b"result" in answer, answer

    @staticmethod
    def _read_until(stream, text):
        received = b""
        while text not in received:
            chunk = stream.recv(65536)
            assert chunk, received
            received += chunk
        return received
