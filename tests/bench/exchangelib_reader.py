#!/usr/bin/python3
"""Reads mailboxes m0@example.com and on with exchangelib, 100 a request; prints the CPU that
took, in microseconds a mailbox.

usage: exchangelib_reader.py URL USER PASSWORD COUNT EVENTS, REQUESTS_CA_BUNDLE set
"""

import datetime
import inspect
import logging
import sys
import time

from exchangelib import BASIC, UTC, Build, Configuration, Credentials, EWSDateTime, Version
from exchangelib.properties import (
    DaylightTime,
    FreeBusyViewOptions,
    MailboxData,
    StandardTime,
    TimeWindow,
    TimeZone,
)
from exchangelib.protocol import Protocol
from exchangelib.services import GetUserAvailability

WINDOW = datetime.timedelta(hours=24)


def transition(kind, month):
    return kind(bias=0, time=datetime.time(2), occurrence=1, iso_month=month, weekday="Sunday")


def main():
    url, user, password, count, events = sys.argv[1:]
    logging.disable()  # it warns of each time without a zone, which is not the job either
    # exchangelib would ask the server for its time zones, which is no part of the job.
    utc = TimeZone(
        bias=0,
        standard_time=transition(StandardTime, 11),
        daylight_time=transition(DaylightTime, 3),
    )
    protocol = Protocol(
        config=Configuration(
            service_endpoint=url,
            credentials=Credentials(user, password),
            auth_type=BASIC,
            version=Version(Build(15, 2)),
        )
    )
    start = EWSDateTime.now(UTC)
    options = FreeBusyViewOptions(
        time_window=TimeWindow(start=start, end=start + WINDOW),
        merged_free_busy_interval=30,
        requested_view="FreeBusy",
    )
    mailboxes = [
        MailboxData(email=f"m{i}@example.com", attendee_type="Required")
        for i in range(int(count))
    ]
    arguments = {
        "mailbox_data": mailboxes, "timezone": utc, "free_busy_view_options": options,
    }
    # Debian 13's exchangelib wants to be told its zone as well.
    if "tzinfo" in inspect.signature(GetUserAvailability.call).parameters:
        arguments["tzinfo"] = UTC
    before = time.process_time()
    views = list(GetUserAvailability(protocol).call(**arguments))
    used = time.process_time() - before
    wrong = [v for v in views if len(getattr(v, "calendar_events", None) or ()) != int(events)]
    if len(views) != len(mailboxes) or wrong:
        sys.exit(f"exchangelib read {len(views)} of {len(mailboxes)}: {wrong[:1]}")
    print(f"{used * 1e6 / len(mailboxes):.1f}")


if __name__ == "__main__":
    main()
