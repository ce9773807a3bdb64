"""`make truth`: seeded centres with everything that can happen; what live workers say, what a replay says, and what is true."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from stream.config.centre import read_centre
from stream.config.settings import Settings
from stream.config.standards import read_standards
from stream.embedded.broker import Broker
from stream.replay.driver import replay
from stream.replay.report import report
from stream.simulator.comparing import found_of, truth_of
from stream.simulator.day import simulate
from stream.simulator.features import ALL
from stream.verify.run import Plan, Promises, verify

DEPLOY: Final = Path(__file__).parents[1] / "deploy"
SEEDS: Final = 10
SCALE: Final = 0.03
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one centre: figures that replay has otherwise than the truth, and live otherwise than replay."""

    seed: int
    events: int
    truths: int
    records: int
    untrue: list[str]
    unlike: list[str]
    seconds: float

    @property
    def equal(self) -> bool:
        """Whether anything was compared, and all of it is equal."""
        return self.truths > 0 and self.records > 0 and not self.untrue and not self.unlike


def run(seed: int, *, scale: float, workers: int, settings: Settings | None = None, deploy: Path = DEPLOY) -> Round:
    """Play a seeded day of the shipped centre, shuffled, with some events twice. settings: of a broker; None starts one."""
    began = time.monotonic()
    promises = _promises(deploy)
    simulation = simulate(promises.centre, seed=seed, scale=scale, features=ALL)
    events = list(simulation.events)
    found = found_of(report(replay(events, promises.centre, promises.standards)), simulation)
    truth = truth_of(simulation)
    plan = Plan(workers=workers, shuffle_ms=30_000, duplicate_every=10, seed=seed)
    outcome = verify(events, promises, settings, plan, lambda _: None)
    untrue = [
        f"{dict(scope)}: {name} is {found[scope].get(name)} in replay and {value} in truth"
        for scope, measures in truth.items()
        for name, value in measures.items()
        if found[scope].get(name) != value
    ]
    seconds = time.monotonic() - began
    return Round(seed, outcome.events, sum(map(len, truth.values())), outcome.records, untrue, outcome.differences, seconds)


def _promises(deploy: Path) -> Promises:
    centre_file, standards_file = deploy / "centre.yaml", deploy / "standards.yaml"
    centre = read_centre(centre_file)
    standards = read_standards(standards_file, centre)
    return Promises(centre=centre, standards=standards, centre_file=centre_file, standards_file=standards_file)


def line(made: Round) -> str:
    """One centre, in one line."""
    said = "truth equals replay equals live" if made.equal else f"DIFFERENT: {len(made.untrue)} untrue, {len(made.unlike)} unlike"
    compared = f"{made.truths:,} true figures, {made.records:,} live records"
    return f"seed {made.seed}: {made.events:,} events, {compared}: {said}, {made.seconds:.0f} s"


@click.command()
@click.option("--seeds", type=click.IntRange(1), default=SEEDS, show_default=True, help="So many centres.")
@click.option("--first", type=click.IntRange(1), default=1, show_default=True, help="The first seed, to repeat one.")
@click.option("--scale", type=click.FloatRange(0, 10, min_open=True), default=SCALE, show_default=True, help="How large they are.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Live workers.")
def main(**given: Any) -> None:
    """Compare the simulator's truth, a replay and live workers, for seeded centres with all features on.

    Every event arrives shuffled by up to half a minute, every tenth twice. One broker is started for all and thrown away.
    Ends 0 when all three were equal in every one.

    \b
    Examples:
      make truth
      make truth OPTIONS="--first 4 --seeds 1 --scale 0.2"     that centre, larger
    """
    sys.exit(rounds(**given))


def rounds(*, seeds: int, first: int, scale: float, workers: int) -> int:
    """Play them one after the other; give the exit code."""
    equal = True
    with tempfile.TemporaryDirectory(prefix="answerable-truth-") as place, Broker(Path(place) / "broker") as broker:
        settings = Settings(bootstrap_servers=broker.bootstrap)
        for seed in range(first, first + seeds):
            made = run(seed, scale=scale, workers=workers, settings=settings)
            click.echo(line(made))
            for difference in [*made.untrue, *made.unlike][:SHOWN]:
                click.echo(f"    {difference}", err=True)
            equal = equal and made.equal
    return 0 if equal else 1


if __name__ == "__main__":
    main()
