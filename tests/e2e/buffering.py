"""A proxy in front of a simulator's plain port that passes on whole answers only."""

import contextlib
import http.client
import http.server
import threading
import urllib.parse

HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        """The name is http.server's."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer, text = self.server.ask(self.path, body, self.headers)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        """What is asked for is in the simulator's record."""


class BufferingProxy(http.server.ThreadingHTTPServer):
    """Comes at `url`; passes requests on to a URL of this machine."""

    daemon_threads = True

    def __init__(self, target):
        super().__init__(("127.0.0.1", 0), _Handler)
        self._target = urllib.parse.urlsplit(target)
        self.url = f"http://127.0.0.1:{self.server_port}{self._target.path}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def ask(self, path, body, headers):
        """One request: the answer and its whole body."""
        connection = http.client.HTTPConnection(self._target.hostname, self._target.port)
        with contextlib.closing(connection):
            passed = {n: v for n, v in headers.items() if n.lower() not in HOP_BY_HOP}
            connection.request("POST", path, body, passed)
            answer = connection.getresponse()
            return answer, answer.read()

    def handle_error(self, request, client_address):
        """Clients leave and simulators end before a stream does."""

    def close(self):
        self.shutdown()
        self.server_close()
