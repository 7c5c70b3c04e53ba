"""TCP ports on the loopback interface, picked by the kernel."""

import socket


class Port:
    """A port that stays reserved until released, also over restarts of who listens on it.

    The reservation is a bound socket that does not listen: a server that sets
    SO_REUSEADDR (all do) may still listen on the port, but the kernel gives it to nobody
    else, neither for a bind to port 0 nor as the near end of a connection.
    """

    def __init__(self):
        self._holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", 0))
        self.number = self._holder.getsockname()[1]

    def is_open(self):
        """Whether somebody listens."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            return probe.connect_ex(("127.0.0.1", self.number)) == 0

    def release(self):
        self._holder.close()
