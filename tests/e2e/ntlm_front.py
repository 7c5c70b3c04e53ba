"""A web server that logs on by NTLM and passes requests on to a simulator.

NTLMv2 is verified with Debian's python3-impacket (MS-NLMP 3.3.2); the connection is what is
logged on, as at IIS.
"""

import base64
import hmac
import http.client
import http.server
import os
import ssl
import struct
import threading

from impacket import ntlm

FLAGS = (
    ntlm.NTLMSSP_NEGOTIATE_UNICODE
    | ntlm.NTLMSSP_REQUEST_TARGET
    | ntlm.NTLMSSP_NEGOTIATE_NTLM
    | ntlm.NTLMSSP_NEGOTIATE_ALWAYS_SIGN
    | ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY
    | ntlm.NTLMSSP_NEGOTIATE_TARGET_INFO
)
CHANNEL_BINDINGS = 0x0A  # the AV_PAIR of Extended Protection


def av_pair(kind, value=b""):
    return struct.pack("<HH", kind, len(value)) + value


def challenge_message(challenge, domain):
    """CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2)."""
    name = domain.encode("utf-16-le")
    info = av_pair(2, name) + av_pair(1, "EXCH01".encode("utf-16-le")) + av_pair(0)
    offset = 48
    return (
        b"NTLMSSP\0" + struct.pack("<IHHI", 2, len(name), len(name), offset)
        + struct.pack("<I", FLAGS) + challenge + bytes(8)
        + struct.pack("<HHI", len(info), len(info), offset + len(name)) + name + info
    )


def has_channel_bindings(response):
    """Whether an NTLMv2_CLIENT_CHALLENGE (MS-NLMP 2.2.2.7) is bound to its channel."""
    pairs = response[16 + 28:]
    while len(pairs) >= 4:
        kind, size = struct.unpack("<HH", pairs[:4])
        if kind == CHANNEL_BINDINGS and any(pairs[4:4 + size]):
            return True
        if kind == 0:
            break
        pairs = pairs[4 + size:]
    return False


class NtlmFront:
    """`handshakes` counts log-ons that were good, `refusals` those that were not."""

    def __init__(self, exchange, certificate, key, domain, user, password):
        self._exchange = exchange
        self._account = (domain, user, password)
        self.extended_protection = False
        self.forgetful = False  # a log-on is good for one request
        self.handshakes = 0
        self.refusals = 0
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One connection."""

            protocol_version = "HTTP/1.1"
            challenge = None
            admitted = False

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                said = self.headers.get("Authorization", "")
                if said.startswith("NTLM "):
                    self.admitted = False
                    message = base64.b64decode(said[5:])
                    if message[8] == 1:
                        self.challenge = os.urandom(8)
                        reply = challenge_message(self.challenge, domain)
                        return self._send(401, b"", "NTLM " + base64.b64encode(reply).decode())
                    self.admitted = front.verify(self.challenge, message)
                if not self.admitted:
                    return self._send(401, b"", "NTLM")
                self.admitted = not front.forgetful
                return self._send(*front.forward(self.path, body, self.headers))

            def _send(self, status, body, offer=None):
                self.send_response(status)
                if offer:
                    self.send_header("WWW-Authenticate", offer)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}/EWS/Exchange.asmx"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def verify(self, challenge, message):
        """Whether an AUTHENTICATE_MESSAGE is that of the account."""
        domain, user, password = self._account
        answer = ntlm.NTLMAuthChallengeResponse()
        answer.fromString(message)
        response = answer["ntlm"]
        name = answer["user_name"].decode("utf-16-le")
        at = answer["domain_name"].decode("utf-16-le")
        key = ntlm.NTOWFv2(name, password, at)
        proof = hmac.new(key, challenge + response[16:], "md5").digest()
        good = (
            (at.upper(), name.lower()) == (domain.upper(), user.lower())
            and hmac.compare_digest(proof, response[:16])
            and (not self.extended_protection or has_channel_bindings(response))
        )
        self.handshakes += good
        self.refusals += not good
        return good

    def forward(self, path, body, headers):
        connection = http.client.HTTPConnection(
            self._exchange.http_url.split("/")[2], timeout=60)
        basic = f"{self._exchange.user}:{self._exchange._password}"
        connection.request("POST", path, body, {
            "Content-Type": headers["Content-Type"],
            "Authorization": "Basic " + base64.b64encode(basic.encode()).decode(),
        })
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def close(self):
        self._server.shutdown()
        self._server.server_close()
