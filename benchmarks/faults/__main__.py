"""`make faults`: rounds of faults under live workers, each compared with its replay, and a table of them at the end."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import orjson

from benchmarks.faults.rounds import CASES, chosen, day_of, run
from benchmarks.faults.table import code, report, table
from stream.config.settings import STORES

ROUNDS: Final = 20
RESULTS: Final = Path(__file__).parents[1] / "faults.json"


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=ROUNDS, show_default=True, help="Rounds of each fault.")
@click.option("--only", "names", multiple=True, type=click.Choice([case.name for case in CASES]), help="Only this fault; may be repeated.")
@click.option("--seed", default="1", show_default=True, help="Of all moments; a round's own seed is made from it.")
@click.option("--first", type=click.IntRange(1), default=1, show_default=True, help="The first round, to repeat one that failed.")
@click.option("--store", type=click.Choice(STORES), default="memory", show_default=True, help="Where the workers keep the state.")
@click.option("--small", is_flag=True, help="Smaller days and fewer harms, as the tests do it.")
@click.option(
    "--json", "path", type=click.Path(path_type=Path), default=RESULTS, help="Where results go.  [default: benchmarks/faults.json]"
)
def main(*, rounds: int, names: tuple[str, ...], seed: str, first: int, store: str, small: bool, path: Path) -> None:
    """Harm live workers in the middle of a simulated day, and compare what they say with its replay.

    Each round has a broker of its own and takes about half a minute. Ends 0 when live was equal to replay in every one.

    \b
    Examples:
      make faults
      make faults OPTIONS="--only kill --rounds 2"
      make faults OPTIONS="--only broker --seed 1 --first 17 --rounds 1"     that round again
    """
    results = []
    cases = chosen(names)
    for case in cases:
        played = day_of(case, small=small)
        for number in range(first, first + rounds):
            result = run(
                replace(case, settings={"store": store} | case.settings), number, f"{seed}/{case.name}/{number}", played, small=small
            )
            results.append(result)
            said = "equal" if result.equal else f"DIFFERENT ({len(result.differences)}), see {result.kept}"
            click.echo(f"{case.name} {number}, seed {result.seed}: {said}, {result.seconds:.0f} s", err=True)
            for line in result.differences[:5]:
                click.echo(f"    {line}", err=True)
            path.write_bytes(orjson.dumps(report(cases, results), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    click.echo(table(cases, results))
    sys.exit(code(results))


if __name__ == "__main__":
    main()
