"""The Exchange simulator, started and commanded from Python (standard library only).

    with Exchange(folder) as exchange:
        exchange.add("alice@example.com", "now+10", "+20s", "Busy")
        ... point a client at exchange.url, with exchange.ca as its trusted certificate ...
        exchange.wait(mailbox="alice@example.com", reads=1)

The binary is what the environment variable EXCHANGE_SIM names. Every command is one HTTP
request to /sim/ (tests/exchange/README.md has the list).
"""

import json
import os
import pathlib
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
WAIT_SECONDS = 30


def find_binary():
    """EXCHANGE_SIM, or the newest one that has been built."""
    named = os.environ.get("EXCHANGE_SIM")
    if named:
        return named
    built = list(REPOSITORY.glob("build/*/tests/exchange/exchange-sim"))
    if not built:
        raise FileNotFoundError("exchange-sim has not been built; EXCHANGE_SIM names it")
    return str(max(built, key=lambda path: path.stat().st_mtime))


def make_ca(folder):
    """A private CA and a server certificate for localhost and 127.0.0.1.

    Returns the paths (ca, cert, key); what is there already is used again.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    ca, cert, key = (folder / name for name in ("ca.pem", "server.pem", "server.key"))
    if ca.exists() and cert.exists() and key.exists():
        return str(ca), str(cert), str(key)
    ca_key, request, extensions = (folder / name for name in ("ca.key", "server.csr", "server.ext"))
    extensions.write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
        "basicConstraints=CA:FALSE\n"
        "extendedKeyUsage=serverAuth\n",
        encoding="ascii",
    )
    elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    _openssl("req", "-x509", *elliptic, "-keyout", ca_key, "-out", ca, "-days", "30",
             "-subj", "/CN=calpresence test CA",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    _openssl("req", *elliptic, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    _openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
             "-days", "30", "-extfile", extensions, "-out", cert)
    return str(ca), str(cert), str(key)


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class CommandError(Exception):
    """The simulator did not take a command; the text says why."""


class Exchange:
    """One running simulator. Everybody is let in where user is None."""

    def __init__(self, folder=None, calendar="", user="EXAMPLE\\svc-presence",
                 password="secret", tls=True, http_port=0, https_port=0, xsd=None):
        self._temporary = None
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="exchange-")
            folder = self._temporary.name
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.user = user
        self.ca = None
        self._password = password
        self._tls = tls
        self._xsd = xsd
        self._ports = {"http": http_port, "https": https_port}
        self._calendar = calendar
        self._process = None
        self.start()

    def start(self):
        """Starts it; after stop on the same ports again, with the calendar it was made with."""
        calendar = self.folder / "calendar.txt"
        calendar.write_text(self._calendar, encoding="utf-8")
        command = [find_binary(), "--parent-dies", "--http-port", str(self._ports["http"])]
        if self._tls:
            self.ca, cert, key = make_ca(self.folder / "tls")
            command += ["--cert", cert, "--key", key,
                        "--https-port", str(self._ports["https"])]
        if self.user is not None:
            command += ["--user", self.user, "--password", self._password]
        if self._xsd is not None:
            command += ["--xsd", str(self._xsd)]
        self._process = subprocess.Popen(
            [*command, str(calendar)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        words = self._process.stdout.readline().split()
        if words[:1] != ["ready"]:
            self.stop()
            raise RuntimeError("exchange-sim did not start")
        self._ports = {name: int(port) for name, port in (word.split("=") for word in words[1:])}

    @property
    def pid(self):
        return self._process.pid

    @property
    def url(self):
        """The address of the service: HTTPS if there is a certificate."""
        return self.https_url if self._tls else self.http_url

    @property
    def http_url(self):
        return f"http://127.0.0.1:{self._ports['http']}/EWS/Exchange.asmx"

    @property
    def https_url(self):
        return f"https://127.0.0.1:{self._ports['https']}/EWS/Exchange.asmx"

    @property
    def control_url(self):
        return f"http://127.0.0.1:{self._ports['http']}/sim/"

    def command(self, name, body=b"", **arguments):
        """One command; None leaves an argument out. Returns the text of the answer."""
        return self._send(name, body, arguments, WAIT_SECONDS)

    def _send(self, name, body, arguments, timeout):
        query = urllib.parse.urlencode(
            {key: value for key, value in arguments.items() if value is not None})
        request = urllib.request.Request(f"{self.control_url}{name}?{query}", data=body)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise CommandError(f"{name}: {error.code} {error.read().decode()}") from error

    def add(self, mailbox, start, end, busy="Busy", **more):
        """Adds an event and returns its id; more: subject, location, private=1, recurring=1,
        and for FindItem cancelled=1, allday=1, response, category."""
        return int(self.command("add", mailbox=mailbox, start=start, end=end, busy=busy, **more))

    def cancel(self, event):
        self.command("cancel", id=event)

    def clear(self, mailbox):
        """Takes all events of a mailbox away."""
        self.command("clear", mailbox=mailbox)

    def mailbox(self, address, error=None, view=None, **more):
        """Makes or changes a mailbox: error="" takes an error away; more: legacy, version."""
        self.command("mailbox", address=address, error=error, view=view, **more)

    def policy(self, **limits):
        """What it grants from now on (README.md); without limits as much as is asked for."""
        self.command("policy", **limits)

    def load(self, text):
        """Does the lines of a calendar file."""
        self.command("load", body=text.encode())

    def password(self, value, user=None):
        """What the password, and the user's name, is from now on, also after a restart."""
        self.user = user or self.user
        self.command("password", value=value, user=self.user)
        self._password = value

    def oof(self, mailbox, state, start=None, end=None):
        """Sets up automatic replies: Enabled, Scheduled (from start to end) or Disabled."""
        self.command("oof", mailbox=mailbox, state=state, start=start, end=end)

    def fault(self, kind, count=1, **more):
        """Orders a fault; more: delay, bytes, code, backoff, retry_after, location, mailbox,
        operation."""
        self.command("fault", kind=kind, count=count, **more)

    def no_faults(self):
        self.command("fault", kind="none")

    def stats(self, mailbox=None):
        return json.loads(self.command("stats", mailbox=mailbox))

    def requests(self, last=None):
        """The last requests, oldest first: number, at_ms, mailboxes, status, headers, body."""
        return json.loads(self.command("requests", last=last))

    def wait(self, mailbox=None, timeout=WAIT_SECONDS, **conditions):
        """Waits until every counter has reached its value: reads=3, in_flight=1.

        With a mailbox, `reads` and `asked` are those of the mailbox. Returns the statistics;
        raises CommandError when the time is over.
        """
        arguments = dict(conditions, mailbox=mailbox, timeout=timeout)
        return json.loads(self._send("wait", b"", arguments, timeout + WAIT_SECONDS))

    def stop(self):
        """Ends it and returns its exit status; it may be started again."""
        if self._process is None:
            return None
        self._process.terminate()
        status = self._process.wait(timeout=WAIT_SECONDS)
        self._process.stdin.close()
        self._process.stdout.close()
        self._process = None
        return status

    def kill(self):
        """Ends it at once, as a crash would."""
        self._process.kill()
        self.stop()

    def close(self):
        self.stop()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
