"""`python -m tools.dashboards`: write the dashboards that are stale, or with --check name them. `make generate` calls this."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from stream.config.centre import read_centre
from stream.config.standards import read_standards
from stream.errors import AnswerableError
from tools.dashboards import agents, panels, pipeline, queues, responses, standards, wallboard
from tools.dashboards.promised import Promised

FOLDER: Final = Path("grafana/dashboards")


def made(deploy: Path) -> dict[Path, str]:
    """Every dashboard's JSON by its path below `deploy`. Raises DeclarationError where centre or standards cannot be read."""
    promised = Promised(read_standards(deploy / "standards.yaml", read_centre(deploy / "centre.yaml")))
    boards = [module.board(promised) for module in (wallboard, standards, queues, responses, agents, pipeline)]
    return {FOLDER / f"{board.uid}.json": panels.text(board) for board in boards}


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
