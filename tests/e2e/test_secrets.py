"""Nothing that calpresence says, writes or is started with has a secret in it, whatever
Exchange and a proxy answer."""

import base64
import http.server
import json
import threading
import urllib.parse

import pytest

import canaries
from conftest import only
from server import Options
from test_meetings import watched
from tinyproxy import USER, Tinyproxy

ODD = "p@ss:w/rd?#%41 \"<&'é"
# In the middle of each is a word that no way to write it changes.
PASSWORD = f"{ODD}Bluebird{ODD}"
PROXY = "Kingfisher"  # tinyproxy takes letters alone
COMPONENT = "Nightingale"
WORDS = ("Bluebird", PROXY, COMPONENT)

STATUSES = ("301", "302", "303", "307", "308")
LOCATIONS = (
    "/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx",
    "foo",
    "../foo",
    "?x",
    "#x",
    "//localhost/path",
    "http://localhost/path",
    "https://localhost/path?query#fragment",
    "https://user:password@localhost/path",
    "//user:password@localhost/path",
    "user:password@localhost",
    "ftp://localhost/",
    "https://",
    "\\\\localhost\\path",
    "",
)
FAULTS = (
    *((status, {}) for status in
      "300 304 400 403 404 405 407 408 413 418 429 440 449 456 500 502 503 504".split()),
    *((kind, {}) for kind in (
        "server-busy", "internal-error", "fault", "html-200", "302-logon", "302-error",
        "asp-500", "random-500-empty", "garbage", "cut-body", "drop", "wrong-count",
        "invalid-chars", "billion-laughs", "gzip-declared")),
    ("hang", {}),
    ("slow", {"delay": 10}),
    ("slow-body", {"bytes": 4000, "delay": 1}),
    ("oversized", {"bytes": 33 * 1024 * 1024}),
    ("401", {}),
)


@pytest.mark.parametrize("said", [
    PASSWORD,
    urllib.parse.quote(PASSWORD),
    urllib.parse.quote(PASSWORD, safe=""),
    urllib.parse.quote(urllib.parse.quote(PASSWORD, safe="")),
    "".join(f"%{byte:02x}" for byte in PASSWORD.encode()),
    json.dumps({"text": PASSWORD}),
    base64.b64encode(f"user:{PASSWORD}".encode()).decode(),
    base64.urlsafe_b64encode(f"a-user:{PASSWORD}".encode()).decode(),
])
def test_a_secret_is_found_however_it_is_written(said):
    assert canaries.find([PASSWORD], f"(HTTP 302 to https://user:{said}@localhost/)")
    assert not canaries.find([PASSWORD], f"(HTTP 302 to https://{said[:4]}@localhost/)")


class Refuser:
    """A proxy that answers whoever wants through with what a test says."""

    def __init__(self):
        self.status = 403
        self.location = None
        refuser = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One request."""

            def do_CONNECT(self):  # pylint: disable=invalid-name
                self.send_response(refuser.status)
                self.send_header("Content-Length", "0")
                if refuser.location is not None:
                    self.send_header("Location", refuser.location)
                self.end_headers()
                self.close_connection = True

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def proxy():
    tinyproxy = Tinyproxy(PROXY)
    yield tinyproxy
    tinyproxy.close()


@pytest.fixture
def refuser():
    one = Refuser()
    yield one
    one.close()


@pytest.fixture
def scene(calpresence, server, exchange, proxy, people, contacts):
    """A daemon with secrets in all places, and somebody whose calendar is wanted."""
    server.configure(Options(secret=COMPONENT))
    exchange.password(PASSWORD)
    log_on = {"proxy": proxy.url, "proxy_username": USER, "proxy_password": PROXY}
    daemon = calpresence(gateway=log_on, log={"level": "debug"}).run()
    alice, bob = people("alice"), people("bob")
    watched(alice, contacts(alice, bob))
    daemon.wait_calendar(alice.jid, "free")
    return Scene(daemon, exchange, alice.jid)


class Scene:
    """Lets one request after the other fail, and looks at all that can be seen of it."""

    def __init__(self, daemon, exchange, jid):
        self.daemon = daemon
        self._exchange = exchange
        self._jid = jid
        self._timeout = 1
        self._accounts = 0

    def meet(self, **gateway):
        """Has a new worker make a request, and returns what is said of it. With an account
        that was never refused: what is known of others outlives the worker."""
        [worker] = self.daemon.worker_pids()
        self._timeout = 3 - self._timeout
        self._accounts += 1
        username = f"EXAMPLE\\svc-presence-{self._accounts}"
        if self._exchange.running:
            self._exchange.password(PASSWORD, username)
        self.daemon.configure_gateway(timeout=self._timeout, username=username, **gateway)
        self.daemon.sighup()
        status = self.daemon.wait_gateway(
            lambda now: now["pid"] not in (0, worker) and now["requests"] > now["in_flight"],
            "the end of a request")
        self._look()
        return status["gateways"][0]["text"]

    def _look(self):
        said = [self.daemon.command(*words).stdout for words in (
            ["status"], ["status", "--json"], ["why", self._jid], ["why", "--json", self._jid])]
        assert all(said)
        self.daemon.assert_no_secret_anywhere()
        for text in (*said, self.daemon.output()):
            assert not any(word in text for word in WORDS)


@pytest.mark.parametrize("status", STATUSES)
@only("prosody")  # the IM server has no part in these
def test_no_redirect_shows_a_secret(scene, exchange, status):
    for location in LOCATIONS:
        exchange.no_faults()
        exchange.fault(status, count=-1, location=location)
        text = scene.meet()
        assert f"HTTP {status}" in text and "@" not in text


@only("prosody")
def test_no_fault_of_exchange_shows_a_secret(scene, exchange):
    for kind, more in FAULTS:
        exchange.no_faults()
        exchange.fault(kind, count=-1, **more)
        scene.meet()


@only("prosody")
def test_no_refusal_of_a_proxy_shows_a_secret(scene, refuser):
    for status in (*STATUSES, "400", "401", "403", "407", "500", "502", "503"):
        for location in ("/error?x", "https://user:password@localhost/", None):
            refuser.status, refuser.location = int(status), location
            assert "proxy" in scene.meet(proxy=refuser.url)


@only("prosody")
def test_a_broken_connection_shows_no_secret(scene, exchange):
    url = exchange.url
    exchange.stop()
    for where in (url, "https://127.0.0.1:1/", "https://localhost:1/"):
        for through in ({"no_proxy": "*"}, {"no_proxy": None}, {"proxy": "http://127.0.0.1:1"}):
            assert scene.meet(url=where, **through)


@pytest.mark.parametrize("key", ["url", "autodiscover_url", "authority", "proxy"])
@only("prosody")
def test_a_url_with_a_password_is_refused_and_not_shown(calpresence, exchange, key):
    exchange.password("Bluebird-of-it")
    daemon = calpresence(gateway={key: "https://svc:Bluebird-of-it@localhost/autodiscover/"})
    done = daemon.command("-n")
    assert done.returncode != 0
    assert f"{key} holds a user name" in done.stderr
    assert "Bluebird" not in done.stdout + done.stderr
