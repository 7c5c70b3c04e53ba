"""What the component believes: whom it knows to be there, how they are, and what each of
their contacts saw last. It is asked (`why --json`) and held against what is so."""

from model import bare
from world import ALL, view_of


class Belief:
    """The component's own word on everybody, at the end of a step.

    Told is who got a stanza of ours under a client's address; for who got none the
    server's word counts, of which the component needs to know nothing.
    """

    def __init__(self, walk):
        self._model = walk.model
        self._said = {}  # full -> View: what she said last
        self._told = {}  # (contact, full) -> View: what he was told last
        for person in self._model.people:
            why = walk.world.daemon.why(person)
            for resource in why["resources"] if why else []:
                self._read(f"{person}/{resource['resource']}", resource)

    def _read(self, full, resource):
        self._said[full] = view_of(resource["own_xml"])
        for told in resource["told"]:
            self._told[told["contact"], full] = view_of(resource[f"{told['sees']}_xml"])

    def mistakes(self):
        """Of people themselves: what it believes, and what it heard."""
        for full in ALL:
            believed, heard = self._said.get(full), self._model.may_be_heard(full)
            if believed not in heard:
                yield f"{full} is believed to be {believed}, was heard to be one of {heard}"

    def of(self, client, full):
        """What this client may hold if the belief is right. The server may have said its
        own word since, of which the component knew nothing, only where it is not sure."""
        model = self._model
        word = model.own.get(full) if model.hears(client, full) else None
        if bare(client) == bare(full):
            return {word}
        views = {self._told.get((bare(client), full), word)}
        if not model.is_sure(client, full):
            views.add(word)
        # That a ghost is none may be found out, and be on its way to him, at any time.
        if model.misses(client, full) or full in model.ghosts():
            views |= model.allowed(client, full)
        return views
