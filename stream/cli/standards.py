"""`answerable standards`: check what was declared, and say it in plain sentences."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Final

import click
import orjson

from stream.cli.standards_apply import apply, history
from stream.cli.standards_generate import generate_command
from stream.cli.standards_try import command as try_command
from stream.config import settings
from stream.config.centre import read_centre
from stream.config.quantities import write_duration
from stream.config.sentences import sentence
from stream.config.standards import examine
from stream.config.yaml import suggestion
from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.errors import DeclarationError, WrongUse
from stream.generate.explanation import explained

TIMES: Final = ("within", "window", "hold", "clear_hold", "grace")
HELD: Final = ("hold", "clear_hold", "hours", "grace")
FIELDS: Final = {
    "percentage": ("formula", "objective", "within", "op", "window", "confidence", *HELD),
    "level": ("op", "limit", "clear", *HELD),
    "mean": ("op", "limit", "clear", "window", *HELD),
    "clock": ("within", "hours", "grace"),
    "ratio": ("op", "limit", "confidence"),
    "share": ("op", "limit", "confidence"),
    "band": ("low", "high"),
    "trend": ("factor", "usual"),
}
"""The fields that say something for a form."""
ALWAYS_SHOWN: Final = ("name", "title", "form", "measure", "severity", "cadence", "per", "where", "owner", "runbook")
WHERE_DIFFERENT: Final = ("calendar", "target", "bound", "unit")
"""Fields that say something only where they are not as usual."""


@click.group(name="standards")
def command() -> None:
    """The standards to keep.

    \b
    Examples:
      answerable standards check
      answerable standards check my-standards.yaml --centre my-centre.yaml
      answerable standards explain calls-answered
      answerable standards try my-standards.yaml --on monday.jsonl
      answerable standards generate --check
    """


@command.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--centre", "centre_file", type=click.Path(path_type=Path), help="The centre's file; deploy/centre.yaml by default.")
@click.option("--json", "as_json", is_flag=True, help="Print the standards, or what is wrong with them, as JSON.")
@click.pass_context
def check(context: click.Context, file: Path | None, centre_file: Path | None, *, as_json: bool) -> None:
    """Check FILE (deploy/standards.yaml by default) and say each standard in a plain sentence.

    Ends 0 where all of it can be used, 2 with all mistakes that can be
    known at once and what to write instead.

    \b
    Examples:
      answerable standards check
      answerable standards check my-standards.yaml --centre my-centre.yaml --json
    """
    path, _, found, refusals = _read(file, centre_file)
    if as_json:
        refused = [{"file": one.path, "line": one.line, "problem": one.problem} for one in refusals]
        report = {"file": str(path), "standards": [_as_json(one) for one in found], "refused": refused}
        click.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    else:
        _print(found)
        for one in refusals:
            click.echo(f"Error: {one}", err=True)
    if refusals:
        context.exit(DeclarationError.exit_code)
    if not as_json:
        names = len({one.name for one in found})
        click.secho(f"\n{path}: {names} standard{'s' * (names != 1)}, all of them can be used.", fg="green")


@command.command()
@click.argument("name")
@click.option("--file", type=click.Path(path_type=Path), help="The standards' file; deploy/standards.yaml by default.")
@click.option("--centre", "centre_file", type=click.Path(path_type=Path), help="The centre's file; deploy/centre.yaml by default.")
def explain(name: str, file: Path | None, centre_file: Path | None) -> None:
    """Say what the standard NAME promises, its formula, where the numbers come from, when it is judged and who is told.

    Then every value that holds for it, written or not; for a standard with overrides,
    several targets or limits, of each of them.

    \b
    Example:
      answerable standards explain calls-answered
    """
    _, centre, found, refusals = _read(file, centre_file)
    if refusals:
        raise refusals[0]
    by_name: dict[str, list[Standard]] = {}
    for one in found:
        by_name.setdefault(one.name, []).append(one)
    if name not in by_name:
        raise WrongUse(f"There is no standard {name}: {suggestion(name, by_name)}")
    click.secho(by_name[name][0].title, bold=True)
    for one in by_name[name]:
        _explain(one, centre)


for other in (try_command, apply, history, generate_command):
    command.add_command(other)


def _explain(standard: Standard, centre: Centre) -> None:
    click.echo(f"{sentence(standard)}\n")
    for heading, text in explained(standard, centre).items():
        click.echo(f"{heading}: {text}.")
    click.echo()
    for key, value in _as_json(standard).items():
        if key not in {"sentence", "title"} and value not in (None, ""):
            click.echo(f"  {key:<12} {_plain(value)}")
    click.echo()


def _read(file: Path | None, centre_file: Path | None) -> tuple[Path, Centre, tuple[Standard, ...], tuple[DeclarationError, ...]]:
    chosen = settings.load()
    path = file or chosen.standards_file
    centre = read_centre(centre_file or chosen.centre_file)
    return path, centre, *examine(path, centre)


def _print(found: tuple[Standard, ...]) -> None:
    if not found:
        return
    formatter = click.HelpFormatter(width=min(shutil.get_terminal_size().columns, 140))
    formatter.write_dl([(one.name, sentence(one)) for one in found])
    click.echo(formatter.getvalue(), nl=False)


def _as_json(standard: Standard) -> dict[str, object]:
    """The standard as it holds, with what its form has: times as they are written in the file, shares as numbers."""
    shown = {*ALWAYS_SHOWN, *FIELDS[standard.form]}
    usual = Standard(name="", title="", form=standard.form, measure="")
    found = {
        key: write_duration(value) if key in TIMES else value
        for key, value in dataclasses.asdict(standard).items()
        if key in shown or (key in WHERE_DIFFERENT and value != getattr(usual, key))
    }
    return {**found, "sentence": sentence(standard)}


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or "the whole centre"
    return str(value)
