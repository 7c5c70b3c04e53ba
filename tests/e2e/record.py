"""What happened, in order, and waiting for what is to happen."""

import threading
import time

TIMEOUT_S = 20  # for what takes milliseconds on an idle machine


class Record:
    """A growing list that threads append to and tests wait on."""

    def __init__(self, name, show=str):
        self.name = name
        self._show = show
        self._items = []
        self._changed = threading.Condition()

    def append(self, item):
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    def wake(self):
        """Makes the waiting look again, since something beside the list changed."""
        with self._changed:
            self._changed.notify_all()

    def mark(self):
        """The place behind the last item: `after=mark` sees only what comes later."""
        with self._changed:
            return len(self._items)

    def items(self, after=0):
        with self._changed:
            return self._items[after:]

    def wait(self, predicate, timeout=TIMEOUT_S, after=0, what="an item"):
        """The first item behind `after` that the predicate takes."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for after in range(after, len(self._items)):
                    if predicate(self._items[after]):
                        return self._items[after]
                after = len(self._items)
                self._wait_until(deadline, timeout, what)

    def wait_until(self, condition, timeout=TIMEOUT_S, what="a condition"):
        """Waits until condition() gives something true, asked again at every change."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                result = condition()
                if result:
                    return result
                self._wait_until(deadline, timeout, what)

    def _wait_until(self, deadline, timeout, what):
        left = deadline - time.monotonic()
        if left <= 0 or not self._changed.wait(left):
            if time.monotonic() >= deadline:
                raise AssertionError(self._complaint(timeout, what))

    def _complaint(self, timeout, what):
        last = "\n".join(f"    {self._show(item)}" for item in self._items[-40:])
        return f"{self.name}: {what} did not come in {timeout} s; the last of it:\n{last}"


def poll(probe, timeout=TIMEOUT_S, what="a condition", interval_s=0.05):
    """Asks probe() until it gives something true, where there is no event to wait for."""
    deadline = time.monotonic() + timeout
    while True:
        result = probe()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what} did not come in {timeout} s")
        time.sleep(interval_s)
