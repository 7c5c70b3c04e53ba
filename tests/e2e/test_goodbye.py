"""Nobody is left with what a component showed that was stopped in a bad moment."""

import threading

import pytest

from calpresence import Calpresence
from server import COMPONENT, DOMAIN
from slow_server import SlowServer

ALICE, BOB = f"alice@{COMPONENT}", f"bob@{DOMAIN}"


@pytest.fixture
def slow():
    one = SlowServer()
    yield one
    one.close()


@pytest.fixture
def daemon(slow):
    """bob sees alice's contact."""
    one = Calpresence(slow, publish={"watchers": "domain"}).run()
    slow.say(f"<presence from='alice@{DOMAIN}/desk' to='{COMPONENT}'/>")
    slow.say(f"<presence from='{BOB}' to='{ALICE}' type='subscribe'/>")
    slow.wait_said(f"type='subscribed'")
    slow.wait_said(f"<presence from='{ALICE}/calendar' to='{BOB}'")
    yield one
    one.close()


def test_a_stop_while_a_reload_closes_its_stream_says_goodbye(slow, daemon):
    daemon.sighup()
    slow.wait_said("</stream:stream>")
    mark = slow.said.mark()
    stop = threading.Thread(target=daemon.stop)
    stop.start()
    daemon.wait_log("stopping")
    slow.closes.set()
    slow.wait_said(f"<presence type='unavailable' from='{ALICE}/calendar' to='{BOB}'", mark)
    stop.join()
    slow.wait_said("</stream:stream>", mark)
    assert not daemon.running()
