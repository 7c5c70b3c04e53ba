"""Debian's tinyproxy, with a log-on."""

import pathlib
import shutil
import tempfile

from ports import Port
from processes import Process
from record import poll

USER, PASSWORD = "svc-proxy", "open-sesame"


class Tinyproxy:
    """A proxy on a loopback port; its log tells what it was asked for."""

    def __init__(self, password=PASSWORD):
        self._port = Port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tinyproxy-"))
        configuration = self.folder / "tinyproxy.conf"
        configuration.write_text(
            f"Port {self._port.number}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\n"
            f'MaxClients 20\nLogLevel Connect\nBasicAuth {USER} {password}\n',
            encoding="ascii",
        )
        self._process = Process("tinyproxy", ["tinyproxy", "-d", "-c", str(configuration)])
        poll(self._port.is_open, what="the start of tinyproxy")

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port.number}"

    @property
    def log(self):
        return self._process.log

    def connects(self):
        """How many tunnels it opened or refused to open."""
        return sum(" HTTP/1.1" in line for line in self.log.items())

    def close(self):
        self._process.stop()
        self._port.release()
        shutil.rmtree(self.folder)
