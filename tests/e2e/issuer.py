"""An issuer of tokens as Microsoft's is, for one application of one tenant.

It checks signatures with the openssl program, and so not with what made them.
"""

import base64
import hashlib
import http.server
import json
import pathlib
import secrets
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

TENANT = "example.onmicrosoft.com"
CLIENT = "6f1bc0de-0000-4000-8000-00000000cafe"
SECRET = "a secret & = % of the application"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class Refusal(Exception):
    """What the issuer refuses, with Microsoft's number."""

    def __init__(self, error, number, text):
        super().__init__(text)
        self.body = {
            "error": error,
            "error_description": f"AADSTS{number}: {text} Trace ID: 0000 Timestamp: now",
        }


def unpack(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Issuer:
    """Grants tokens that a simulated Exchange then takes; `asked` has every form."""

    def __init__(self, exchange, certificate, key, application=None):
        self._exchange = exchange
        self._application = application  # the certificate registered for it
        self.life_s = 3600
        self.authority = None
        self.asked = []
        self.orders = []  # answers to give instead: (status, body)
        self.signed_in = False
        self.refresh = None
        self._seen = set()
        self._listen(certificate, key)

    def _listen(self, certificate, key):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One question."""

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, answer = issuer.answer(self.path, body, self.headers)
                text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.authority = f"https://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    @property
    def endpoint(self):
        return f"{self.authority}/{TENANT}/oauth2/v2.0/token"

    def answer(self, path, body, headers):
        form = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
        self.asked.append(form)
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert "Authorization" not in headers
        if self.orders:
            return self.orders.pop(0)
        try:
            if path == f"/{TENANT}/oauth2/v2.0/devicecode":
                return 200, self._device(form)
            if path != f"/{TENANT}/oauth2/v2.0/token":
                raise Refusal("invalid_request", 90002, "Tenant not found.")
            return 200, self._token(form)
        except Refusal as refusal:
            return 400, refusal.body

    def _device(self, form):
        assert "offline_access" in form["scope"].split()
        return {"device_code": "device-1", "user_code": "ABCD-EFGH", "interval": 1,
                "verification_uri": "https://microsoft.com/devicelogin", "expires_in": "900"}

    def _token(self, form):
        if form["client_id"] != CLIENT:
            raise Refusal("unauthorized_client", 700016, "Application was not found.")
        grant = form["grant_type"]
        if grant == "client_credentials":
            self._check_application(form)
            return self._grant(speaks_for=1)
        if grant == DEVICE:
            assert form["device_code"] == "device-1"
            if not self.signed_in:
                raise Refusal("authorization_pending", 70016, "Nobody signed in yet.")
            return self._grant_refreshable()
        assert grant == "refresh_token"
        if form["refresh_token"] != self.refresh:  # each is good once
            raise Refusal("invalid_grant", 70008, "The refresh token is not good.")
        return self._grant_refreshable()

    def _grant_refreshable(self):
        self.refresh = secrets.token_urlsafe(800)
        return self._grant() | {"refresh_token": self.refresh}

    def _grant(self, **options):
        token = secrets.token_urlsafe(900)
        self._exchange.command("token", value=token, **options)
        return {"token_type": "Bearer", "expires_in": self.life_s, "access_token": token}

    def _check_application(self, form):
        assert form["scope"].endswith("/.default")
        if "client_assertion" in form:
            assert form["client_assertion_type"] == ASSERTION
            self._check_assertion(form["client_assertion"])
        elif form.get("client_secret") != SECRET:
            raise Refusal("invalid_client", 7000215, "Invalid client secret provided.")

    def _check_assertion(self, assertion):
        head, claims, signature = assertion.split(".")
        header, body = json.loads(unpack(head)), json.loads(unpack(claims))
        assert header["alg"] == "PS256" and header["typ"] == "JWT"
        assert body["iss"] == body["sub"] == CLIENT and body["aud"] == self.endpoint
        assert body["jti"] not in self._seen, "an assertion came twice"
        self._seen.add(body["jti"])
        if not self._is_signed(f"{head}.{claims}".encode(), unpack(signature), header):
            raise Refusal("invalid_client", 700027, "The certificate is not registered.")
        if not body["nbf"] <= time.time() <= body["exp"] <= body["nbf"] + 600:
            raise Refusal("invalid_client", 700024, "Assertion is not within its time range.")

    def _is_signed(self, text, signature, header):
        pem = pathlib.Path(self._application).read_text(encoding="ascii")
        der = ssl.PEM_cert_to_DER_cert(pem)
        if unpack(header["x5t#S256"]) != hashlib.sha256(der).digest():
            return False
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "text").write_bytes(text)
            (folder / "signature").write_bytes(signature)
            public = subprocess.run(
                ["openssl", "x509", "-in", self._application, "-noout", "-pubkey"],
                check=True, capture_output=True).stdout
            (folder / "key").write_bytes(public)
            return subprocess.run(
                ["openssl", "dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt",
                 "rsa_pss_saltlen:32", "-verify", folder / "key", "-signature",
                 folder / "signature", folder / "text"],
                check=False, capture_output=True).returncode == 0
