"""A large random queue_log against a counter that knows nothing of events: it only counts what it wrote."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.sources.queue_logs import balanced, counts, events_of, figures

ENDS = ("answered", "abandoned", "timeout", "key", "waiting", "talking", "blind")


@pytest.mark.parametrize("seed", range(3))
def test_a_large_log_has_the_figures_of_whoever_wrote_it(seed: int) -> None:
    """Calls that overlap, move to another queue in the same second, are passed on, or are open at the end."""
    random = Random(seed)
    written: list[tuple[int, str]] = []
    seen: Counter[tuple[str, str]] = Counter()
    waits: Counter[str] = Counter()
    handled: Counter[str] = Counter()

    def write(at: int, *fields: object) -> None:
        written.append((at, "|".join((str(1772438400 + at), *map(str, fields)))))

    for number in range(2_000):
        at = random.randrange(36_000)
        call = f"{1772438400 + at}.{number}"
        for _ in range(random.choice((1, 1, 2))):
            queue = random.choice(("billing", "sales", "support"))
            end = random.choice(ENDS)
            wait, talk = random.randrange(90), random.randrange(600)
            seen[queue, "offered"] += 1
            write(at, call, queue, "NONE", "ENTERQUEUE", "", "4930", 1)
            for _ in range(random.randrange(3)):
                write(at + wait, call, queue, "SIP/7", "RINGNOANSWER", 1000 * random.randrange(10))
            at += wait
            if end in {"answered", "talking", "blind"}:
                seen[queue, "answered"] += 1
                waits[queue] += wait
                write(at, call, queue, f"SIP/{random.randrange(20)}", "CONNECT", wait, "x.1", 2)
            if end in {"answered", "blind"}:
                handled[queue] += talk
                at += talk
                word = ("BLINDTRANSFER", "700", "internal") if end == "blind" else (random.choice(("COMPLETEAGENT", "COMPLETECALLER")),)
                seen[queue, "handled"] += 1
                write(at, call, queue, "SIP/1", *word, wait, talk, 1)
            elif end == "abandoned":
                seen[queue, "abandoned"] += 1
                write(at, call, queue, "NONE", "ABANDON", 1, 1, wait)
            elif end in {"timeout", "key"}:
                seen[queue, "flowed_out"] += 1
                write(at, call, queue, "NONE", *(("EXITWITHTIMEOUT",) if end == "timeout" else ("EXITWITHKEY", 1)), 1, 1, wait)
            elif end == "waiting":
                seen[queue, "waiting"] += 1
                break
            if end == "talking":
                break
    written.sort(key=lambda line: line[0])
    found = figures(events_of([f"{line}\n".encode() for _, line in written]))
    for queue in ("billing", "sales", "support"):
        names = ("offered", "answered", "abandoned", "flowed_out", "callback", "lost", "waiting")
        measures = found[queue]
        answered = seen[queue, "answered"]

        assert tuple(seen[queue, name] for name in names) == counts(measures)
        assert round(waits[queue] / answered, 6) == round(measures["wait_answered_mean_seconds"], 6)
        assert round(handled[queue] / seen[queue, "handled"], 6) == round(measures["handle_mean_seconds"], 6)
        assert balanced(measures)
