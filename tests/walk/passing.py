"""What clients see on the way from one step to the next."""

import collections

from model import bare, overlaid
from world import ALL, BUSY, as_view


class Wrong(Exception):
    """A client holds something that the model does not allow."""


class Passing:
    """Of somebody who was there all the time nobody ever sees that she is gone, nor anything
    but what she said, or what the component heard of it last, overlaid or not."""

    def __init__(self, walk):
        self._walk = walk
        self.gone = set()
        self.parted = set()  # (person, watcher): the server shows him that she is gone
        self.said = collections.defaultdict(set)
        for views in walk.model.own, walk.model.heard:
            for full, view in views.items():
                self.said[full].add(view)
        self._steady = set(self._promised())
        self._marks = {c: walk.world.clients[c].presences.mark() for c in walk.available()}

    def _promised(self):
        model = self._walk.model
        for client in self._walk.available():
            for full in ALL:
                allowed = model.allowed(client, full)
                if client != full and len(allowed) == 1 and None not in allowed:
                    yield client, full

    def check(self):
        wrong = []
        for client, full in self._steady & set(self._promised()):
            if not {client, full} & self.gone and (bare(full), bare(client)) not in self.parted:
                seen = self._walk.world.clients[client].presences.items(self._marks[client])
                wrong += [
                    f"{client} passes by {presence}"
                    for presence in seen
                    if presence.sender == full and not self._is_true(presence)
                ]
        if wrong:
            raise Wrong("\n".join(wrong))

    def _is_true(self, presence):
        said = self.said[presence.sender]
        view = as_view(presence)
        return presence.available and any(
            view == overlaid(own, state) for own in said for state in BUSY
        )
