"""`python -m tools.dashboards`: write the dashboards that are stale, or with --check name them. `make generate` calls this."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.errors import AnswerableError
from stream.generate.dashboards import FOLDER, mark
from stream.generate.promised import Promised
from tools.dashboards import agents, panels, pipeline, queues, responses, standards, wallboard


def made(deploy: Path) -> dict[Path, str]:
    """Every dashboard's JSON by its path below `deploy`. Raises DeclarationError where centre or standards cannot be read."""
    return drawn(Promised(read_standards(deploy / "standards.yaml", read_centre(deploy / "centre.yaml"))))


def drawn(promised: Promised) -> dict[Path, str]:
    """Every dashboard's JSON, with the mark of the limits that it shows."""
    boards = [module.board(promised) for module in (wallboard, standards, queues, responses, agents, pipeline)]
    return {FOLDER / f"{one.uid}.json": panels.text(replace(one, about=one.about + mark(one.uid, promised))) for one in boards}


@click.command()
@click.option("--deploy", type=click.Path(path_type=Path, file_okay=False), default=Path("deploy"), show_default=True, help="The folder.")
@click.option("--check", is_flag=True, help="Write nothing; end with 1 when something is stale.")
def main(deploy: Path, check: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Write the Grafana dashboards of the declared standards."""
    try:
        wanted = made(deploy)
    except AnswerableError as refused:
        click.echo(f"Error: {refused}", err=True)
        sys.exit(refused.exit_code)
    stale = [path for path, text in wanted.items() if not (deploy / path).exists() or (deploy / path).read_text(encoding="utf-8") != text]
    for path in stale:
        if not check:
            (deploy / path).parent.mkdir(parents=True, exist_ok=True)
            (deploy / path).write_text(wanted[path], encoding="utf-8")
        click.echo(f"{deploy / path} is stale: run `make generate` and commit it." if check else f"wrote {deploy / path}", err=check)
    sys.exit(check and bool(stale))


if __name__ == "__main__":
    main()
