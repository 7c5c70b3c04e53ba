"""People's calendars at the simulated Exchange, in terms that tests have."""

import datetime
import math
import time

from exchange import REPOSITORY, Exchange

SCHEMA = REPOSITORY.parent / "shared/ews/xsd"  # Microsoft's; not part of the project


def soon(seconds):
    """A whole second at least so many seconds ahead, as seconds since 1970."""
    return math.ceil(time.time() + seconds)


def stamp(seconds):
    """Seconds since 1970 as an xs:dateTime."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Calendars(Exchange):
    """A simulator whose mailboxes, but not their meetings, outlive a restart."""

    def __init__(self, **options):
        super().__init__(
            xsd=SCHEMA if SCHEMA.exists() else None,
            password="of-the-service-account",  # nothing that is said by chance
            **options,
        )

    @property
    def running(self):
        return self._process is not None

    def gateway(self):
        """What a gateway's configuration says to come here."""
        return {
            "url": self.url,
            "username": self.user,
            "password": self._password,
            "ca_file": self.ca,
        }

    def create(self, *mailboxes):
        """Makes mailboxes without a meeting."""
        lines = "".join(f"mailbox {mailbox}\n" for mailbox in mailboxes)
        self._calendar += lines
        self.load(lines)

    def add(self, mailbox, start, end, busy="Busy", **more):
        """Adds a meeting from and to seconds since 1970; its id."""
        return super().add(mailbox, stamp(start), stamp(end), busy, **more)

    def assert_well_spoken(self):
        """All that was asked and answered was as the schema says, if that is at hand."""
        stats = self.stats()
        assert stats["schema_errors"] == stats["answer_errors"] == 0, stats["last_error"]
