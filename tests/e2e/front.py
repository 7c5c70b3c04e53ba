"""A TLS end in front of a simulator's plain port, with certificates of the test's choice."""

import contextlib
import socket
import ssl
import threading


class Front:
    """Passes bytes on to a port of this machine; what it refused is in `refusals`."""

    def __init__(self, port, certificate, key, clients=None, newest=None):
        self._target = ("127.0.0.1", port)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        if clients is not None:  # who may come: those with a certificate of this authority
            self._context.load_verify_locations(clients)
            self._context.verify_mode = ssl.CERT_REQUIRED
        if newest is not None:
            self._context.maximum_version = newest
        self.refusals = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def url(self):
        return f"https://localhost:{self.port}/EWS/Exchange.asmx"

    @staticmethod
    def _start(function, *arguments):
        threading.Thread(target=function, args=arguments, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._start(self._serve, connection)

    def _serve(self, connection):
        near = self._context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False)
        try:
            near.do_handshake()
            first = near.recv(65536)  # TLS 1.3 tells of a missing certificate only here
        except OSError as error:
            self.refusals.append(str(error))
            self._linger(socket.socket(fileno=near.detach()))
            return
        with near, socket.create_connection(self._target) as far:
            far.sendall(first)
            self._start(self._pass, far, near)
            self._pass(near, far)

    @staticmethod
    def _linger(connection):
        """Lets the other side hear why, before a reset would drown it."""
        with contextlib.suppress(OSError), connection:
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    @staticmethod
    def _pass(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.close()
