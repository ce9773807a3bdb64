"""`python -m stream.generate`: write what is derived from the declarations, or with --check say what is stale.

`make generate` calls this.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.errors import AnswerableError
from stream.generate import reference, row_pages
from stream.generate.files import stale, write


@click.command()
@click.option("--deploy", type=click.Path(path_type=Path, file_okay=False), default=Path("deploy"), show_default=True, help="The folder.")
@click.option(
    "--docs", type=click.Path(path_type=Path, file_okay=False), default=Path("docs"), show_default=True, help="The pages' folder."
)
@click.option(
    "--scenarios",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tests/scenarios"),
    show_default=True,
    help="The folder of the examples.",
)
@click.option("--check", is_flag=True, help="Write nothing; end with 1 when something is stale.")
def main(deploy: Path, docs: Path, scenarios: Path, check: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Write Prometheus rules and runbook frames from deploy/centre.yaml and deploy/standards.yaml, and the pages that list code."""
    try:
        standards = read_standards(deploy / "standards.yaml", read_centre(deploy / "centre.yaml"))
    except AnswerableError as refused:
        click.echo(f"Error: {refused}", err=True)
        sys.exit(refused.exit_code)
    wanted = reference.pages() | row_pages.pages(scenarios, deploy / "standards.yaml")
    if check:
        found = [*(deploy / path for path in stale(standards, deploy)), *(docs / path for path in reference.stale(docs, wanted))]
        for path in found:
            click.echo(f"{path} is stale: run `make generate` and commit it.", err=True)
        sys.exit(bool(found))
    for path in [*(deploy / path for path in write(standards, deploy)), *(docs / path for path in reference.write(docs, wanted))]:
        click.echo(f"wrote {path}")


if __name__ == "__main__":
    main()
