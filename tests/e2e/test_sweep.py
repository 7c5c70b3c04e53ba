"""Everybody's calendar under a throttling policy."""

import contextlib

from calendars import Calendars
from sink import crowd

PEOPLE = 15000
HOUR_MS = 3600000


def sweep(exchange, concurrency, **policy):
    exchange.load("".join(f"mailbox u{i}@example.com\n" for i in range(PEOPLE)))
    exchange.policy(**policy)
    return crowd(exchange, PEOPLE, poll_interval=86400, concurrency=concurrency)


def test_a_sweep_keeps_to_the_policy_after_the_first_back_off(record_property):
    """The two parts of Exchange's policy, each so that the sweep exceeds it: 27 requests at
    once where 32 are allowed to us, for which requests have to be slow at first; and a
    budget that recharges sixteen times as fast as Exchange's. It lasts for a fifth of the sweep;
    half as many requests at once, which is all that concurrency gives, would spend it
    again."""
    with contextlib.ExitStack() as stack:
        concurrent, budget = (stack.enter_context(Calendars()) for _ in range(2))
        daemons = [
            stack.enter_context(daemon)
            for daemon in (
                sweep(concurrent, 32, concurrent=27, takes=6000),
                sweep(budget, 16, takes=1000, burst=5000, cutoff=10000, recharge=4 * HOUR_MS),
            )
        ]
        concurrent.wait(throttled=1, timeout=60)
        concurrent.policy(concurrent=27, takes=1500)
        for daemon, exchange in zip(daemons, (concurrent, budget)):
            daemon.wait_status(
                lambda s: s["people"]["watched"] == PEOPLE and s["people"]["unknown"] == 0,
                "everybody's calendar",
                120,
            )
            stats = exchange.stats()
            assert stats["reads"] >= PEOPLE and stats["throttled"] >= 1
            record_property(
                "measured",
                f"{stats['requests']} requests, {stats['throttled']} of them refused "
                f"within {stats['throttled_span_ms']} ms",
            )
            # Those that were out together, and none that came later.
            assert stats["throttled_span_ms"] < 1000
            exchange.assert_well_spoken()
