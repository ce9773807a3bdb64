"""`answerable standards generate`: what Prometheus and people are given, made of the centre and the standards."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from stream.config import settings
from stream.errors import WrongUse
from stream.generate.dashboards import of_other_limits
from stream.generate.everything import HERE, declared, generate

ANEW: Final = "make it anew in a checkout of this project, by `make setup` and `.venv/bin/python -m tools.dashboards --deploy {folder}`"
NAMES: Final = ("centre.yaml", "standards.yaml")


@click.command("generate")
@click.option("--deploy", type=click.Path(path_type=Path, file_okay=False), help="The folder of both files; else where the standards are.")
@click.option("--check", is_flag=True, help="Write nothing; end with 1 where something is stale.")
@click.pass_context
def generate_command(context: click.Context, deploy: Path | None, *, check: bool) -> None:
    """Write the Prometheus rules, the schema for editors and the frames of missing runbooks beside centre.yaml and standards.yaml.

    Runbooks that are there are never touched. In a checkout of this project the pages in docs/ and the AsyncAPI document are made, too.
    Grafana dashboards are not made here: those that show other limits are named, with what to do.

    \b
    Examples:
      answerable standards generate
      answerable standards generate --check            in CI
      answerable standards generate --deploy /etc/answerable
    """
    folder = deploy or settings.load().standards_file.parent
    for name in NAMES:
        if not (folder / name).is_file():
            raise WrongUse(f"There is no {folder / name}: write it, or name the folder of both files with --deploy.")
    ours = Path("stream/generate/everything.py").is_file() and HERE.is_one
    centre, standards = declared(folder)
    found = generate(folder, HERE if ours else None, centre, standards, check=check)
    for path in found:
        click.echo(f"{path} is stale: run `answerable standards generate` and commit it." if check else f"wrote {path}", err=check)
    old = of_other_limits(standards, folder)
    for path in old:
        click.echo(f"{path} shows other limits than the standards: {ANEW.format(folder=folder)}.", err=True)
    if not found and not old:
        click.echo("Everything is as the declarations say.")
    context.exit(int(check and bool(found or old)))
