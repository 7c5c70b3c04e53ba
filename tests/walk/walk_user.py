"""A random walk through publish mode `user`.

Every step does one to three things at once (logins, logouts, killed clients, presence,
contact and block lists, calendars, restarts of the component and of the server), waits
until everything has arrived everywhere, and compares what every client holds of every
full JID with the model.
"""

from actions import Actions
from belief import Belief
from passing import Passing, Wrong
from world import ALL


class UserWalk(Actions):
    """Steps, each followed by a comparison of every view with the model."""

    comparisons = 0
    loose = 0  # comparisons in which more than one view is right
    beliefs = 0  # comparisons of what the component believes that a client holds

    def step(self):
        self.passing = Passing(self)
        if not self.model.up and self.random.random() < 0.4:
            self.start_component()
        for _ in range(self.random.choice([1, 1, 2, 3])):
            self.act()
        self.settle()
        self.compare()
        self.passing.check()

    def act(self):
        component = {self.stop_component, self.kill_component, self.reload}
        actions = [a for a in self._weights if self.model.up or a not in component]
        weights = [self._weights[a] for a in actions]
        for _ in range(100):
            if self.random.choices(actions, weights)[0]():
                return

    def compare(self):
        wrong = []
        for client, full, held in self._held():
            allowed = self.model.allowed(client, full)
            self.comparisons += 1
            self.loose += len(allowed) > 1
            if held not in allowed:
                wrong.append((client, full, allowed, held))
        if wrong:
            raise Wrong(self._complain("expected", wrong))
        if self.model.up:
            self._compare_belief()

    def _compare_belief(self):
        belief = Belief(self)
        wrong = []
        for client, full, held in self._held():
            believed = belief.of(client, full)
            self.beliefs += 1
            if held not in believed:
                wrong.append((client, full, believed, held))
        mistakes = list(belief.mistakes())
        if wrong or mistakes:
            raise Wrong("\n".join([*mistakes, self._complain("believed", wrong)]))

    def _held(self):
        """What everybody who is there holds of everybody."""
        for client in self.available():
            for full in ALL:
                if full != client:
                    yield client, full, self.world.clients[client].held(full)

    def _complain(self, label, wrong):
        lines = []
        for client, full, allowed, held in wrong:
            lines.append(f"{client} of {full}:")
            lines += [f"    {label} {view}" for view in allowed]
            lines.append(f"    seen     {held}")
            got = self.world.clients[client].presences.items()
            lines += [f"    got      {p}" for p in got if p.sender == full][-6:]
        return "\n".join(lines)
