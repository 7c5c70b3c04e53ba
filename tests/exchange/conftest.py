import pytest
from soap_client import PASSWORD, USER, XSD

from exchange import Exchange


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with Exchange(tmp_path_factory.mktemp("exchange"), user=USER, password=PASSWORD,
                  xsd=XSD if XSD.is_dir() else None) as exchange:
        yield exchange
        assert exchange.stats()["answer_errors"] == 0
        assert exchange.stop() == 0


@pytest.fixture
def exchange(running):
    """A simulator that plays no fault and where alice's calendar is empty and open to all."""
    running.no_faults()
    running.mailbox("alice@example.com", error="", view="DetailedMerged")
    running.clear("alice@example.com")
    return running
