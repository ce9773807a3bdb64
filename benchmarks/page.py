"""RESULTS.md out of results.json: every figure on it is computed from there."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.goals import GOALS, Results

HEAD = """\
# What was measured

Made by `make bench` from [results.json](results.json); nothing here is typed by hand. What the job is, what "equal" means and how
the clock runs: [JOB.md](JOB.md).
"""


def page(results: Results) -> str:
    """The whole page."""
    return "\n".join([HEAD, *_machine(results), *_goals(results), *_engines(results), *_parts(results)]).rstrip() + "\n"


def _machine(results: Results) -> Iterator[str]:
    yield from ("## Machine", "", "| | |", "|---|---|")
    for name, value in results["machine"].items():
        yield f"| {name.replace('_', ' ')} | {value} |"
    versions = {title: version for found in results.get("engines", {}).get("versions", {}).values() for title, version in found.items()}
    for name, value in sorted(versions.items()):
        yield f"| {name} | {value} |"
    yield ""


def _goals(results: Results) -> Iterator[str]:
    yield from ("## Goals", "", "| what | goal | measured | round by round | |", "|---|---|---|---|---|")
    for goal in GOALS:
        wanted = f"at {'least' if goal.at_least else 'most'} {goal.goal:g}{goal.unit}"
        found = goal.read(results)
        if found is None:
            yield f"| {goal.what} | {wanted} | not measured | | not measured |"
            continue
        value, by_round = found
        turns = "" if by_round is None else f"{by_round:.3g}"
        verdict = "reached" if goal.reached(value) else "**not reached**"
        if results[goal.part].get("short"):
            verdict = "short form: does not count"
        yield f"| {goal.what} | {wanted} | {_figure(value)}{goal.unit} | {turns} | {verdict} |"
    yield from ("", "Measured is the ratio of the medians; round by round is the median of the ratios within each round.", "")


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"  # noqa: PLR2004 - from there on nobody wants fractions


def _engines(results: Results) -> Iterator[str]:
    found = results.get("engines")
    if found is None:
        return
    plan = found["plan"]
    yield from (
        "## Engines",
        "",
        (
            f"{plan['rounds']} rounds in turns, {plan['events']:,} events in the topic (a part of them for some engines), "
            f"warm-up {plan['warm_up']:,} events, {plan['partitions']} partitions; {_when(found)}."
        ),
        "",
        "| engine | events/s, median | least - most | CPU us/event, median | MiB resident | seconds, median | onlooker, cores | output |",
        "|---|---|---|---|---|---|---|---|",
    )
    for name, title in found["titles"].items():
        runs = [run for run in found["runs"] if run["engine"] == name]
        if name in found["absent"]:
            yield f"| {title} | | | | | | | not run: {found['absent'][name]} |"
        elif wrong := [run for run in runs if run["equal"] is False]:
            yield f"| {title} | does not count | | | | | | wrong in {len(wrong)} of {len(runs)}: {'; '.join(wrong[0]['wrong'])} |"
        elif runs:
            yield _engine(title, runs)
    yield ""


def _engine(title: str, runs: list[dict[str, Any]]) -> str:
    speeds = [run["events_per_second"] for run in runs]
    middle = [median(run[name] for run in runs) for name in ("cpu_us_per_event", "memory_bytes", "seconds")]
    looked = median(run["onlooker_cpu_seconds"] / run["seconds"] if run["seconds"] else 0.0 for run in runs)
    output = "none to compare" if runs[0]["equal"] is None else f"equal in {len(runs)} of {len(runs)}"
    spread = f"{min(speeds):,.0f} - {max(speeds):,.0f}"
    cost = f"{middle[0]:.1f} | {middle[1] / 2**20:,.0f} | {middle[2]:.1f} | {looked:.2f}"
    return f"| {title} | {median(speeds):,.0f} | {spread} | {cost} | {output} |"


def _parts(results: Results) -> Iterator[str]:
    for name in ("replay", "latency", "recovery", "scrape", "gateway", "growth"):
        found = results.get(name)
        if found is None:
            continue
        yield from (f"## {name.capitalize()}", "", f"{found['about']} By {_when(found)}.", "", "| | |", "|---|---|")
        series = {what: value for what, value in found.items() if isinstance(value, list) and value and isinstance(value[0], dict)}
        for what, value in found.items():
            if what not in {"about", "command", "at", "commit", "load_before", "short", *series}:
                yield f"| {what.replace('_', ' ')} | {_cell(value)} |"
        yield ""
        for what, rows in series.items():
            yield from (f"### {name.capitalize()}: {what}", "", *table(rows), "")


def table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A series: a line for each of its sizes."""
    names = [name for name, value in rows[0].items() if not isinstance(value, dict)]
    yield f"| {' | '.join(name.replace('_', ' ') for name in names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(_cell(row[name]) for name in names)} |"


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_cell(each) for each in value)
    return _figure(value) if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _when(found: dict[str, Any]) -> str:
    return f"`{found['command']}`, {found['at']}, commit {found['commit']}, load before {found['load_before']}"
