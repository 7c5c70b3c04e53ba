"""A proxy that holds streams back makes notifications useless, which has to be noticed."""

import contextlib

from buffering import BufferingProxy
from conftest import only
from notified import OFTEN, assert_shows, said
from test_meetings import watched

WORDS = "do not come through"
NOTICED_S = 75  # a minute without the first word of a stream


@only("prosody")  # the IM server has no part in it
def test_behind_a_buffering_proxy_there_is_polling_and_one_line(
        calpresence, exchange, people, contacts):
    with contextlib.closing(BufferingProxy(exchange.http_url)) as proxy:
        daemon = calpresence(gateway=OFTEN | {"url": proxy.url, "ca_file": None}).run()
        alice, bob = people("alice"), people("bob")
        _, at_bob = watched(alice, contacts(alice, bob))
        daemon.wait_log(WORDS, NOTICED_S)
        assert_shows(exchange, alice, at_bob)
        assert said(daemon, WORDS) == 1
        daemon.stop()
