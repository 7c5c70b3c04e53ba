"""The stream to the IM server: what keeps it down, and what is said about it."""

from dataclasses import replace

from calpresence import is_ready, is_up
from conftest import only
from server import Options


def loss(name):
    return lambda s: s["link"]["state"] != "up" and s["link"]["last_loss"] == name


def test_a_wrong_secret_is_one_clear_line(calpresence):
    daemon = calpresence(component={"secret": "wrong"}).start()
    daemon.wait_log("error.*secret of component")
    daemon.wait_status(loss("secret"), "a pause")
    assert daemon.output().count(" error ") == 1


def test_an_unknown_host_is_one_clear_line(server, calpresence):
    daemon = calpresence(component={"jid": "nowhere.example.test"}).start()
    daemon.wait_log("error.*component .nowhere.example.test")
    if server.name == "ejabberd":  # which says the same of a wrong secret
        daemon.wait_status(loss("secret"), "a pause")
    else:
        daemon.wait_status(loss("host-unknown"), "a pause")
    assert daemon.output().count(" error ") == 1


@only("prosody")  # ejabberd lets several in
def test_a_conflict_is_one_clear_line(calpresence, component):
    holder = component().wait_up()
    daemon = calpresence().start()
    daemon.wait_log("error.*another connection")
    daemon.wait_status(loss("conflict"), "the conflict")
    assert daemon.output().count(" error ") == 1
    holder.close()


def test_a_server_that_comes_late_is_found(server, calpresence):
    server.stop()
    daemon = calpresence().start()
    daemon.wait_status(loss("refused"), "a refusal")
    server.start()
    daemon.wait_status(is_ready, "the stream", 60)


def test_without_a_presence_source_the_error_says_so(server, calpresence):
    server.configure(replace(Options(), privileges=False))
    daemon = calpresence().start()
    daemon.wait_log("error.*managed_entity")


def test_a_second_run_is_refused(calpresence):
    daemon = calpresence().run()
    second = daemon.command("run")
    assert second.returncode == 1
    assert "calpresence" in second.stderr
    assert is_up(daemon.status())


def test_sigterm_ends_a_run_that_never_connected(server, calpresence):
    server.stop()
    daemon = calpresence().start()
    daemon.wait_status(loss("refused"), "a refusal")
    daemon.stop()
