"""`answerable top`: the wallboard in a terminal."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from stream.board.table import lines
from stream.errors import PartMissing, with_extra
from stream.intake.board import Asked


@click.command("top")
@click.option("--url", default="http://127.0.0.1:6066", show_default=True, metavar="ADDRESS", help="Any worker of the centre.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with the board's token (else ANSWERABLE_BOARD_TOKEN).")
@click.option("--once", is_flag=True, help="Print the board as a plain table, and end.")
def command(url: str, token_file: Path | None, *, once: bool) -> None:
    """Show which queues need help and why, in the terminal: what the wallboard shows.

    \b
    Examples:
      answerable top
      answerable top --once | grep billing
      answerable top --url https://board.example.com --token-file board.token
    """
    asked = Asked(url, _token(token_file))
    if once:
        for line in lines(asyncio.run(asked.board())):
            click.echo(line)
        return
    try:
        from stream.terminal.top import Top  # noqa: PLC0415 - an extra that not everybody installs
    except ModuleNotFoundError:
        problem = f"This needs Textual: {with_extra('top')}, or take --once for a plain table."
        raise PartMissing(problem) from None
    Top(asked.board).run()


def _token(file: Path | None) -> str:
    if file is None:
        return os.environ.get("ANSWERABLE_BOARD_TOKEN", "")
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as refused:
        why = refused.strerror if isinstance(refused, OSError) else "it is no text"
        problem = f"The token's file {file} cannot be read ({why}): name the file that holds the board's token."
        raise PartMissing(problem) from None
