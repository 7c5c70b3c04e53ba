"""What the component is told of who is online, as they set it themselves."""

import threading

from fixtures import *  # noqa: F401, F403
from fixtures import DESK, MEETING, Client, person, wait_last
from peer import name
from raw import RawClient


def test_a_snapshot_has_show_priority_and_all_texts(join, people, login):
    at_alice = login(people("alice"))
    at_alice.send_raw(
        "<presence><show>away</show><priority>-5</priority><status>coffee</status>"
        "<status xml:lang='ja'>会議</status></presence>"
    )
    at_alice.settle()
    peer = join()
    assert peer.clients()[at_alice.full_jid] == ("away", {"en": "coffee", "ja": "会議"}, -5)
    assert peer.numbers()[0] == 1


def test_who_has_never_been_available_is_not_in_it(join, people, login):
    silent = login(people("carol"))
    silent.settle()
    assert silent.full_jid not in join().clients()


def test_a_change_is_one_element_with_her_own_words_in_a_meeting_too(peer, desk):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    count = len(peer.feed())
    at_alice.present("xa", "far", 3)
    at_alice.present("xa", "farther", 3)
    views = [("xa", {"en": text}, 3) for text in ("far", "farther")]
    peer.wait_feed(lambda: peer.clients()[at_alice.full_jid] == views[1])
    assert [e.findtext("{*}status") for e in peer.feed()[count:]] == ["far", "farther"]


def test_each_end_of_a_session_is_told_also_of_a_lost_one(peer, people, login):
    alice = people("alice")
    lost, left, closed = (login(alice, resource) for resource in ("lost", "left", "closed"))
    for client in lost, left, closed:
        client.present()
        peer.wait_feed(lambda c=client: c.full_jid in peer.clients())
    lost.cut()
    left.leave()
    closed.close()
    for client in lost, left, closed:
        peer.wait_feed(lambda c=client: c.full_jid not in peer.clients())
    gone = [e.get("jid") for e in peer.feed() if name(e) == "gone" and alice.jid in e.get("jid")]
    assert sorted(gone) == sorted(c.full_jid for c in (lost, left, closed))


def test_a_client_that_takes_its_own_place_stays(peer, desk, login):
    at_alice, at_bob = desk
    peer.put(at_alice.jid, *MEETING)
    wait_last(at_bob, at_alice.full_jid, MEETING)
    again = login(person(at_alice)).present("away", "again")
    peer.wait_feed(
        lambda: peer.clients().get(at_alice.full_jid) == ("away", {"en": "again"}, 0)
    )
    wait_last(at_bob, at_alice.full_jid, MEETING)
    peer.take(at_alice.jid)
    wait_last(at_bob, at_alice.full_jid, ("away", "again"))
    again.close()
    peer.wait_feed(lambda: at_alice.full_jid not in peer.clients())


def test_nothing_is_missed_or_doubled_while_a_crowd_comes_and_goes(server, people, join):
    crowd = [people("crowd") for _ in range(40)]
    clients = []

    def come():
        for number, one in enumerate(crowd):
            client = Client(server.client_port, one.name)
            clients.append(client)
            client.present(status="1").present(status="2")
            if number % 3 == 0:
                client.present("away", "3")
            if number % 5 == 0:
                client.leave()
            if number % 7 == 0:
                client.cut()

    peer = join(hello=False)
    coming = threading.Thread(target=come)
    coming.start()
    while coming.is_alive():
        peer.hello()
    coming.join()
    wanted = {
        client.full_jid: ("away", {"en": "3"}, 0) if n % 3 == 0 else ("available", {"en": "2"}, 0)
        for n, client in enumerate(clients) if n % 5 and n % 7
    }

    def known():
        return {j: c for j, c in peer.clients().items() if j.startswith("crowd")}

    peer.wait_feed(lambda: known() == wanted, "what is so")
    peer.hello()
    assert known() == wanted
    assert peer.numbers() == list(range(1, len(peer.numbers()) + 1))
    told = [e.get("jid") for e in peer.feed() if name(e) == "client"]
    assert len(told) == len(set(told))
    for client in clients:
        client.close()


def test_what_somebody_sends_cannot_spoil_the_feed(server, peer, join, people, login):
    def tag(number):
        return chr(97 + number // 26) + chr(97 + number % 26)

    clients = []
    for presence in (
        "<presence><priority>1e999</priority></presence>",
        "<presence><priority/><show>busy</show></presence>",
        "<presence><status><b xmlns='x'>bold</b></status></presence>",
        "<presence>" + "".join(
            f"<status xml:lang='{tag(n)}'>{'é' * 2000}</status>" for n in range(60)) + "</presence>",
    ):
        clients.append(RawClient(server.client_port, people("odd").name))
        clients[-1].send(presence)
        clients[-1].ping()
    at_alice = login(people("alice")).present(status=DESK[1])
    peer.wait_feed(lambda: at_alice.full_jid in peer.clients())
    snapshot = join().clients()
    assert at_alice.full_jid in snapshot
    texts = snapshot[clients[-1].full_jid][1].values()
    assert len(texts) == 50 and set(texts) == {"é" * 511}
    for client in clients:
        client.close()
