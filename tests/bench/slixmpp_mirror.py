#!/usr/bin/python3
"""A component on slixmpp that shows the presence of u<i>@example.test to one watcher, the
one who asked, as a person of its own: what people write in an afternoon.

usage: slixmpp_mirror.py PORT
"""

import asyncio
import contextlib
import io
import logging
import sys

with contextlib.redirect_stderr(io.StringIO()):  # Debian builds it without its stringprep
    import slixmpp

COMPONENT = "meet.example.test"


class Mirror(slixmpp.ComponentXMPP):
    def __init__(self, port):
        super().__init__(COMPONENT, "of-the-component", "127.0.0.1", port)
        self.auto_authorize = None
        self.auto_subscribe = False
        self.watchers = {}
        self.add_event_handler("presence_subscribe", self.on_subscribe)
        for show in "available", "away", "xa", "dnd", "chat":
            self.add_event_handler(f"presence_{show}", self.on_available)

    def on_subscribe(self, presence):
        self.watchers.setdefault(presence["to"].local, []).append(presence["from"].bare)
        self.send_presence(
            pto=presence["from"].bare, pfrom=presence["to"].bare, ptype="subscribed"
        )

    def on_available(self, presence):
        name = presence["from"].local
        for watcher in self.watchers.get(name, ()):
            self.send_presence(
                pto=watcher, pfrom=f"{name}@{COMPONENT}/calendar",
                pshow=presence["show"], pstatus=presence["status"],
            )


async def main():
    mirror = Mirror(int(sys.argv[1]))
    ended = asyncio.get_running_loop().create_future()
    mirror.add_event_handler("disconnected", lambda _: ended.done() or ended.set_result(None))
    mirror.connect()
    await ended


logging.disable()
asyncio.run(main())
