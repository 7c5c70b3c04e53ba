"""Microsoft Graph, simulated: calendars and automatic replies of one tenant.

    with Graph() as graph:
        graph.create("alice@example.com")
        graph.add("alice@example.com", start, end, "busy", subject="Budget")
        ... point a gateway at graph.gateway() ...
        graph.wait("alice@example.com", reads=1)

It runs in threads of the test, over https with a certificate of its own, and grants its
tokens itself. All that is asked and answered is checked against the shared schemas of Graph,
where they are at hand. README.md says what it knows.
"""

import collections
import datetime
import gzip
import http.server
import json
import math
import re
import ssl
import tempfile
import threading
import time
import urllib.parse
import uuid

from exchange import REPOSITORY, make_ca
from issuer import CLIENT, SECRET, TENANT, Issuer

SCHEMAS = REPOSITORY.parent / "shared/graph/schema"  # not part of the project
JSON = ("application/json;odata.metadata=minimal;odata.streaming=true;"
        "IEEE754Compatible=false;charset=utf-8")
WAIT_S = 30
AT_ONCE = 4  # requests as one mailbox
PART_AT_ONCE = 20  # parts of a batch, and people of a getSchedule
DIGITS = {"free": 0, "tentative": 1, "busy": 2, "oof": 3, "workingElsewhere": 0}


def _time(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return {"dateTime": moment.strftime("%Y-%m-%dT%H:%M:%S.0000000"), "timeZone": "UTC"}


def _seconds(time_zone):
    assert time_zone["timeZone"] == "UTC"
    moment = datetime.datetime.fromisoformat(time_zone["dateTime"])
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


class Schemas:
    """The shared schemas, where they and python3-jsonschema are at hand."""

    def __init__(self):
        self._validators = {}
        self.errors = []
        try:
            import jsonschema  # pylint: disable=import-outside-toplevel
        except ImportError:
            return
        for path in SCHEMAS.glob("*.json"):
            schema = json.loads(path.read_text(encoding="utf-8"))
            self._validators[path.stem] = jsonschema.Draft202012Validator(schema)

    def check(self, name, instance):
        if name in self._validators:
            for error in self._validators[name].iter_errors(instance):
                self.errors.append(f"{name}: {error.json_path}: {error.message[:300]}")


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status, code, text="", retry_after=None):
        super().__init__(text)
        self.status = status
        self.body = {"error": {
            "code": code, "message": text,
            "innerError": {"date": "2026-12-01T00:00:01", "request-id": str(uuid.uuid4()),
                           "client-request-id": str(uuid.uuid4())}}}
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}


class Mailbox:
    """One calendar, with what is wrong with it."""

    def __init__(self):
        self.events = []
        self.replies = {"status": "disabled"}
        self.error = None  # of its schedule: (responseCode, message)
        self.refusal = None  # of requests as it: (status, code, text)
        self.reads = 0
        self.replies_reads = 0
        self.calls = 0  # requests as it
        self.in_flight = 0
        self.most_in_flight = 0


class Graph:
    """One tenant."""

    def __init__(self, application=None):
        self._folder = tempfile.TemporaryDirectory(prefix="graph-")
        self.ca, self._certificate, self._key = make_ca(self._folder.name)
        self._changed = threading.Condition()
        self._mailboxes = {}
        self._tokens = set()
        self._faults = collections.deque()
        self._throttle = None
        self.schemas = Schemas()
        self.requests = []  # (operation, mailbox that it was made as, status)
        self.hold = None  # an Event that getSchedule waits for
        self._listen()
        self.issuer = Issuer(self, self._certificate, self._key, application)

    # For tests.

    @property
    def running(self):
        return True

    def gateway(self):
        """What a gateway's configuration says to come here."""
        return {"type": "graph", "auth": "oauth2", "url": self.url, "ca_file": self.ca,
                "authority": self.issuer.authority, "tenant": TENANT,
                "client_id": CLIENT, "client_secret": SECRET}

    def create(self, *mailboxes):
        with self._changed:
            for mailbox in mailboxes:
                self._mailboxes[mailbox.lower()] = Mailbox()

    def remove(self, mailbox):
        with self._changed:
            del self._mailboxes[mailbox.lower()]

    def mailbox(self, address):
        return self._mailboxes[address.lower()]

    @property
    def control_url(self):
        """Where `add` takes a meeting by hand: start=now+5, end=+30."""
        return f"{self.url}/sim/"

    def add(self, mailbox, start, end, busy="busy", **more):
        """Adds an event from and to seconds since 1970; more: subject, location, private."""
        with self._changed:
            self.mailbox(mailbox).events.append((start, end, busy, more))

    def clear(self, mailbox):
        with self._changed:
            self.mailbox(mailbox).events.clear()

    def replies(self, mailbox, status, start=None, end=None):
        """Sets up automatic replies: disabled, alwaysEnabled, scheduled."""
        with self._changed:
            self.mailbox(mailbox).replies = {"status": status} | (
                {} if start is None else {"scheduledStartDateTime": _time(start),
                                          "scheduledEndDateTime": _time(end)})

    def fault(self, status, body=b"", count=1, operation=None, **headers):
        """Answers the next requests with this instead; body: bytes, or an object."""
        with self._changed:
            self._faults.extend([(operation, status, body, headers)] * count)

    def faults_left(self):
        with self._changed:
            return len(self._faults)

    def throttle(self, requests, seconds):
        """So many requests as one mailbox in so many seconds, from now on."""
        with self._changed:
            self._throttle = (requests, seconds, collections.defaultdict(collections.deque))

    def forget_tokens(self):
        """All that were granted are refused from now on."""
        with self._changed:
            self._tokens.clear()

    def command(self, name, value, **_):
        """What the issuer says."""
        assert name == "token"
        with self._changed:
            self._tokens.add(value)

    def wait(self, mailbox=None, timeout=WAIT_S, **counts):
        """Waits until counters of a mailbox have grown by so much: reads=1."""
        with self._changed:
            box = self.mailbox(mailbox)
            wanted = {key: getattr(box, key) + n for key, n in counts.items()}
            reached = self._changed.wait_for(
                lambda: all(getattr(box, key) >= n for key, n in wanted.items()), timeout)
        assert reached, f"{mailbox} did not reach {wanted}"

    def assert_well_spoken(self):
        assert not self.schemas.errors, self.schemas.errors[:3]

    def close(self):
        self.issuer.close()
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # HTTP.

    def _listen(self):
        graph = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One connection."""

            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                self._serve(self.rfile.read(int(self.headers["Content-Length"])))

            def do_GET(self):  # pylint: disable=invalid-name
                self._serve(b"")

            def _serve(self, body):
                status, headers, answer = graph.serve(self.command, self.path, self.headers,
                                                      body)
                if "gzip" in self.headers.get("Accept-Encoding", "") and len(answer) > 1000:
                    answer = gzip.compress(answer)
                    headers = headers | {"Content-Encoding": "gzip"}
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("request-id", str(uuid.uuid4()))
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        class Server(http.server.ThreadingHTTPServer):
            """Who goes away in mid-answer is no matter."""

            daemon_threads = True

            def handle_error(self, *_):  # pylint: disable=arguments-differ
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate, self._key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def serve(self, method, target, headers, body):
        """One request: status, headers, body of the answer."""
        path, _, query = target.partition("?")
        if path == "/sim/add":
            return self._add_by_hand(dict(urllib.parse.parse_qsl(query)))
        operation, caller = self._operation(method, path)
        parsed = json.loads(body) if body else None
        if operation:
            lower = collections.defaultdict(list)
            for name, value in headers.items():
                lower[name.lower()].append(value)
            self.schemas.check(f"{operation}.request", {
                "method": method, "path": path,
                "query": dict(urllib.parse.parse_qsl(query)),
                "headers": {name: ", ".join(values) for name, values in lower.items()},
                "body": parsed})
        status, more, answer = self._answer(operation, caller, headers, parsed, query)
        with self._changed:
            self.requests.append((operation, caller, status))
            self._changed.notify_all()
        if not isinstance(answer, bytes):
            if status < 300:
                self.schemas.check(f"{operation}.response", answer)
            answer = json.dumps(answer).replace("/", "\\/").encode()
            more = {"Content-Type": JSON} | more
        return status, more, answer

    def _add_by_hand(self, arguments):
        start = time.time() + float(arguments["start"].removeprefix("now"))
        start = math.ceil(start)
        self.add(arguments["mailbox"], start, start + float(arguments["end"]))
        return 200, {"Content-Type": "text/plain"}, b"added\n"

    @staticmethod
    def _operation(method, path):
        """Which operation it is, and as which mailbox it is made."""
        for name, how, pattern in (
            ("getschedule", "POST", r"/v1\.0/users/([^/]+)/calendar/getSchedule"),
            ("automaticreplies", "GET",
             r"/v1\.0/users/([^/]+)/mailboxSettings/automaticRepliesSetting"),
            ("batch", "POST", r"/v1\.0/\$batch()"),
        ):
            found = re.fullmatch(pattern, path)
            if found and method == how:
                return name, urllib.parse.unquote(found[1]).lower()
        return None, ""

    def _answer(self, operation, caller, headers, body, query):
        with self._changed:
            for fault in self._faults:
                if fault[0] in (None, operation):
                    self._faults.remove(fault)
                    return fault[1], fault[3], fault[2]
        try:
            self._check_token(headers)
            if operation == "getschedule":
                return 200, {}, self._as_mailbox(caller, lambda: self._schedules(body))
            if operation == "automaticreplies":
                return 200, {}, self._as_mailbox(caller, lambda: self._replies(caller))
            if operation == "batch":
                return 200, {}, {"responses": [self._part(part) for part in
                                               reversed(body["requests"])]}
            raise Refused(400, "BadRequest", f"Resource not found for the segment. {query}")
        except Refused as refused:
            self.schemas.check("error.response", refused.body)
            return refused.status, refused.headers, refused.body

    def _check_token(self, headers):
        kind, _, token = headers.get("Authorization", "").partition(" ")
        with self._changed:
            if kind != "Bearer" or token not in self._tokens:
                raise Refused(401, "InvalidAuthenticationToken",
                              "Lifetime validation failed, the token is expired.")

    # Calendars.

    def _as_mailbox(self, caller, work):
        with self._changed:
            box = self._mailboxes.get(caller)
            if box is None:
                raise Refused(404, "ErrorInvalidUser",
                              f"The requested user '{caller}' is invalid.")
            box.calls += 1
            if box.refusal:
                raise Refused(*box.refusal)
            if box.in_flight == AT_ONCE:
                raise Refused(429, "ApplicationThrottled", "Application is over its "
                              "MailboxConcurrency limit.", retry_after="1.5")
            self._charge(caller)
            box.in_flight += 1
            box.most_in_flight = max(box.most_in_flight, box.in_flight)
        try:
            return work()
        finally:
            with self._changed:
                box.in_flight -= 1

    def _charge(self, caller):
        if not self._throttle:
            return
        requests, seconds, spent = self._throttle
        now = time.monotonic()
        while spent[caller] and spent[caller][0] <= now - seconds:
            spent[caller].popleft()
        if len(spent[caller]) >= requests:
            raise Refused(429, "ApplicationThrottled", "Application is over its limit.",
                          retry_after=f"{spent[caller][0] + seconds - now:.3f}")
        spent[caller].append(now)

    def _schedules(self, body):
        hold = self.hold
        if hold is not None:
            hold.wait(WAIT_S)
        people = body["schedules"]
        if len(people) > PART_AT_ONCE:
            raise Refused(400, "ErrorMailboxDataArrayTooBig", "Too many schedules.")
        window = _seconds(body["startTime"]), _seconds(body["endTime"])
        with self._changed:
            return {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection"
                                      "(microsoft.graph.scheduleInformation)",
                    "value": [self._schedule(person, window,
                                             body["availabilityViewInterval"] * 60)
                              for person in people]}

    def _schedule(self, person, window, slot):
        box = self._mailboxes.get(person.lower())
        error = box.error if box else (
            "5009", f"Unable to resolve e-mail address <>SMTP:{person} to an Active Directory "
                    "object.")
        if box:
            box.reads += 1
        if error:
            return {"scheduleId": person,
                    "error": {"responseCode": error[0], "message": error[1]}}
        start, end = window
        events = [event for event in box.events if event[0] < end and event[1] > start]
        digits = [0] * -int(-(end - start) // slot)
        for first, last, busy, _ in events:
            for i in range(max(0, int((first - start) // slot)),
                           min(len(digits), -int(-(last - start) // slot))):
                digits[i] = max(digits[i], DIGITS.get(busy, 0))
        return {"scheduleId": person, "availabilityView": "".join(map(str, digits)),
                "scheduleItems": [self._item(*event) for event in events],
                "workingHours": {"daysOfWeek": ["monday"], "startTime": "08:00:00.0000000",
                                 "endTime": "17:00:00.0000000",
                                 "timeZone": {"name": "W. Europe Standard Time"}}}

    @staticmethod
    def _item(start, end, busy, more):
        item = {"isPrivate": bool(more.get("private")), "status": busy,
                "start": _time(start), "end": _time(end)}
        for key in ("subject", "location"):
            if key in more and not item["isPrivate"]:
                item[key] = more[key]
        return item

    # Automatic replies.

    def _part(self, part):
        path = "/v1.0" + part["url"]
        try:
            operation, caller = self._operation(part["method"], path)
            if operation != "automaticreplies":
                raise Refused(400, "BadRequest", "Resource not found for the segment.")
            status, headers = 200, {}
            body = self._as_mailbox(caller, lambda: self._replies(caller))
        except Refused as refused:
            status, headers, body = refused.status, refused.headers, refused.body
        return {"id": part["id"], "status": status,
                "headers": {"Content-Type": JSON} | headers, "body": body}

    def _replies(self, caller):
        with self._changed:
            box = self._mailboxes[caller]
            box.replies_reads += 1
            self._changed.notify_all()
            late = {"scheduledStartDateTime": _time(0), "scheduledEndDateTime": _time(3600)}
            return late | {"externalAudience": "all",
                           "internalReplyMessage": "<html>REPLY-TEXT-CANARY</html>",
                           "externalReplyMessage": "<html>REPLY-TEXT-CANARY</html>",
                           } | box.replies
