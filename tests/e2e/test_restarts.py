"""Each part ends and comes back; what watchers see is true again afterwards."""

import contextlib
import signal
import sqlite3
import time

from calendars import soon
from conftest import only
from processes import alive
from record import poll
from test_meetings import MEETING, assert_on_time, watched

SILENCE_S = 45  # a worker that stays silent for 30 s is given up


def busy_pair(exchange, people, contacts, end=3600):
    """alice in a meeting that bob sees: her, him, their clients."""
    alice, bob = people("alice"), people("bob")
    exchange.add(alice.mailbox, soon(-60), soon(end))
    at_alice, at_bob = contacts(alice, bob)
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)
    return alice, bob, at_alice, at_bob


def back_in_the_meeting(end, server, daemon, login, alice, bob):
    """The server is ended and comes back, as do both of them."""
    end()
    daemon.wait_status(lambda s: s["link"]["state"] != "up", "the loss")
    server.start()
    daemon.wait_status(lambda s: s["link"]["state"] == "up", "the way back", 60)
    at_bob = login(bob).present()
    login(alice).present("away")
    at_bob.wait_seen(alice.contact, *MEETING)


def test_the_im_server_restarts_and_is_killed(
    server, calpresence, exchange, people, contacts, login
):
    daemon = calpresence().run()
    alice, bob, *_ = busy_pair(exchange, people, contacts)
    # The clean end comes first: by a kill ejabberd loses what it has not written yet,
    # the last two seconds' users and subscriptions.
    for end in server.stop, server.kill:
        back_in_the_meeting(end, server, daemon, login, alice, bob)


def test_exchange_restarts(calpresence, exchange, people, contacts):
    daemon = calpresence().run()
    alice, _, at_alice, at_bob = busy_pair(exchange, people, contacts)
    exchange.stop()
    daemon.wait_gateway(lambda g: g["health"] != "up", "the loss")
    at_alice.present(status="Still here")
    at_bob.settle(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)
    exchange.start()
    daemon.wait_gateway(lambda g: g["health"] == "up", "the way back", 60)
    at_bob.wait_seen(alice.contact, "available", "Still here", 60)


def test_a_killed_worker_delays_nothing(calpresence, exchange, people, contacts):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    daemon.wait_why(
        alice.jid, lambda why: why["calendar"]["next_edge"] == start, "the meeting"
    )
    [worker] = daemon.worker_pids()
    daemon.signal_worker(signal.SIGKILL)
    assert_on_time(at_bob.wait_seen(alice.contact, *MEETING), start)
    assert_on_time(at_bob.wait_seen(alice.contact, "available"), start + 2)
    daemon.wait_gateway(
        lambda g: g["health"] == "up" and g["restarts"] == 1 and g["pid"] != worker,
        "a new worker",
    )


def test_a_new_worker_reads_on(calpresence, exchange, people, contacts):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    daemon.wait_calendar(alice.jid, "free")
    daemon.signal_worker(signal.SIGKILL)
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING)


@only("prosody")  # the IM server has no part in it, and it takes its time
def test_a_stopped_worker_delays_nothing_and_is_replaced(
    calpresence, exchange, people, contacts
):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    _, at_bob = watched(alice, contacts(alice, bob))
    start = soon(4)
    exchange.add(alice.mailbox, start, start + 2)
    daemon.wait_why(
        alice.jid, lambda why: why["calendar"]["next_edge"] == start, "the meeting"
    )
    [worker] = daemon.worker_pids()
    daemon.signal_worker(signal.SIGSTOP)
    assert_on_time(at_bob.wait_seen(alice.contact, *MEETING), start)
    assert_on_time(at_bob.wait_seen(alice.contact, "available"), start + 2)
    exchange.add(alice.mailbox, soon(-60), soon(3600))
    at_bob.wait_seen(alice.contact, *MEETING, timeout=SILENCE_S)
    assert not alive(worker)


@only("prosody")  # the IM server has no part in it
def test_a_store_that_takes_nothing_is_complained_of_once(
    calpresence, exchange, people, contacts
):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    watched(alice, contacts(alice, bob))
    path = daemon.folder / "calpresence.db"
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as database:
        database.execute("BEGIN IMMEDIATE")  # as a full disk does, this fails all writes
        daemon.wait_log("error .*could not be stored")
        reads = exchange.stats(alice.mailbox)["reads"]
        exchange.wait(alice.mailbox, reads=reads + 4)
    assert daemon.output().count("could not be stored") == 1


def test_sigterm_leaves_cleanly(calpresence, exchange, people, contacts):
    daemon = calpresence().run()
    alice, _, at_alice, at_bob = busy_pair(exchange, people, contacts)
    daemon.stop()
    at_bob.wait_seen(alice.contact, "unavailable")
    daemon.run()
    at_alice.present(status="Here again")
    at_bob.wait_seen(alice.contact, *MEETING)


def test_a_meeting_that_ended_while_it_was_dead(calpresence, exchange, people, contacts):
    daemon = calpresence().run()
    alice, bob = people("alice"), people("bob")
    at_alice, at_bob = contacts(alice, bob)
    end = soon(4)
    exchange.add(alice.mailbox, soon(-60), end)
    at_alice.present(status="Here")
    at_bob.subscribe(alice.contact)
    at_bob.wait_seen(alice.contact, *MEETING)
    daemon.kill9()
    assert at_bob.seen(f"{alice.contact}/calendar").show == "dnd"
    poll(lambda: time.time() > end, what="the end of the meeting")
    daemon.run()
    at_bob.wait_seen(alice.contact, "available", "Here")


def test_subscriptions_outlive_a_kill(calpresence, exchange, people, contacts):
    daemon = calpresence().run()
    alice, _, at_alice, at_bob = busy_pair(exchange, people, contacts, end=5)
    daemon.kill9()
    daemon.run()
    at_alice.present("away", "At lunch")
    at_bob.wait_seen(alice.contact, "away", "At lunch")
