"""Every benchmark, or some: `make bench`. Results go to benchmarks/results.json, and from there to benchmarks/RESULTS.md.

python -m benchmarks                                  all of it: hours on two cores
python -m benchmarks --only engines --rounds 1 --seconds 10
python -m benchmarks --only ours,limit --short        a minute, to see that it works
python -m benchmarks --page                           the page anew from results.json
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks import gateway, latency, recovery, replay, scrape
from benchmarks.engines import engines as all_engines
from benchmarks.engines.rounds import PACE, WARM_UP, Plan, run
from benchmarks.growth import capacity
from benchmarks.growth import plan as growth
from benchmarks.machine import machine, moment
from benchmarks.page import page
from stream.errors import AnswerableError

HERE: Final = Path(__file__).parent
Part = Callable[[argparse.Namespace], dict[str, Any]]


def _engines(chosen: argparse.Namespace) -> dict[str, Any]:
    engines = [engine for engine in all_engines(chosen.workers) if not chosen.engines or engine.name in chosen.engines]
    plan = Plan(
        rounds=chosen.rounds,
        seconds=chosen.seconds,
        events=chosen.events or chosen.warm_up + int(chosen.seconds * PACE),
        warm_up=chosen.warm_up,
        partitions=chosen.partitions,
    )
    return asyncio.run(run(engines, plan, lambda line: print(line, flush=True)))


PARTS: Final[dict[str, Part]] = {
    "engines": _engines,
    "replay": lambda chosen: replay.measure(short=chosen.short),
    "latency": lambda chosen: asyncio.run(latency.measure(chosen.seconds, short=chosen.short)),
    "recovery": lambda chosen: asyncio.run(recovery.measure(chosen.rounds, short=chosen.short)),
    "scrape": lambda chosen: asyncio.run(scrape.measure(short=chosen.short)),
    "gateway": lambda chosen: gateway.measure(chosen.rounds, chosen.seconds, short=chosen.short),
    "growth": lambda chosen: asyncio.run(growth.measure(short=chosen.short)),
}


def options(words: list[str]) -> argparse.Namespace:
    """The command line, read."""
    cores = len(os.sched_getaffinity(0))
    names = [engine.name for engine in all_engines(cores)]
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help=f"parts ({', '.join(PARTS)}) or engines ({', '.join(names)}), separated by commas")
    parser.add_argument("--rounds", type=int, help="how often each engine runs; 5, or 1 with --short")
    parser.add_argument("--seconds", type=float, help="how long a fast engine runs after the warm-up, about; 60, or 1 with --short")
    parser.add_argument("--events", type=int, help="how many events lie in the topic; by default what --seconds needs")
    parser.add_argument("--warm-up", type=int, help=f"events before the clock runs; {WARM_UP}, or 5000 with --short")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--workers", type=int, default=cores, help="processes or threads of each engine; as many as cores")
    parser.add_argument("--short", action="store_true", help="little of everything: shows that it works, and no figure of it counts")
    parser.add_argument("--page", action="store_true", help="measure nothing, only write RESULTS.md anew")
    parser.add_argument("--to", type=Path, default=HERE, help="the directory of results.json and RESULTS.md")
    chosen = parser.parse_args(words)
    asked = [name for name in chosen.only.split(",") if name]
    if unknown := [name for name in asked if name not in PARTS and name not in names]:
        parser.error(f"there is no {unknown[0]}: choose among {', '.join((*PARTS, *names))}")
    chosen.engines = [name for name in asked if name in names]
    chosen.parts = [name for name in PARTS if not asked or name in asked or (name == "engines" and chosen.engines)]
    for name, usual, short in (("rounds", 5, 1), ("seconds", 60.0, 1.0), ("warm_up", WARM_UP, 5_000), ("events", None, 30_000)):
        if getattr(chosen, name) is None:
            setattr(chosen, name, short if chosen.short else usual)
    return chosen


def _write(place: Path, results: dict[str, Any]) -> None:
    """Make the pages; the one in docs/ belongs to the results that are kept."""
    (place / "RESULTS.md").write_text(page(results), encoding="utf-8")
    if place.resolve() == HERE.resolve():
        capacity.FILE.write_text(capacity.page(results), encoding="utf-8")


def main(words: list[str]) -> int:
    """Measure what is asked for, and write it down after each part."""
    # A topic that was made a moment ago has no leader yet, and a group no coordinator: the clients say so and try again.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    chosen = options(words)
    file = chosen.to / "results.json"
    results: dict[str, Any] = orjson.loads(file.read_bytes()) if file.exists() else {}
    # Where the results go says nothing of them.
    told = [word for place, word in enumerate(words) if "--to" not in words[max(0, place - 1) : place + 1]]
    command = " ".join(["python -m benchmarks", *told])
    try:
        for name in () if chosen.page else chosen.parts:
            print(f"== {name}", flush=True)
            began = {"command": command, "short": chosen.short, **moment()}
            results[name] = {**began, **PARTS[name](chosen)}
            results["machine"] = machine()
            file.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            _write(chosen.to, results)
    except AnswerableError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    if chosen.page:
        _write(chosen.to, results)
    wrong = [run for run in results.get("engines", {}).get("runs", ()) if run["equal"] is False]
    return 1 if wrong and "engines" in chosen.parts else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
