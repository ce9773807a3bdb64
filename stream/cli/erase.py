"""`answerable erase`: customers are forgotten, in every table of every worker."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import click

from stream.cli.options import connection
from stream.config.settings import Settings, load
from stream.core.events import ERASURE_REQUESTED, Event
from stream.core.pseudonyms import Pseudonyms
from stream.errors import WrongUse
from stream.intake.publish import Sending
from stream.wire.codec import ERASURE_TOPIC

SOURCE: Final = "answerable-erase"
PSEUDONYM: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_=.:-]+", re.ASCII)
"""Letters and figures together, so no name, no number and no address: what is sent stays in Kafka for a while."""
AROUND: Final = frozenset('"<>,;\t')
"""What stands around a name in a table or a mail's header, and never in it."""
PERSONAL: Final = re.compile(r"@|\+[0-9]|[0-9]{8}")
"""In a reason: an address, or a telephone number."""


@click.command("erase")
@click.option("--customer-ref", "refs", multiple=True, metavar="REF", help="The pseudonym as events carry it; may be repeated.")
@click.option("--customer-file", type=click.Path(path_type=Path, dir_okay=False), help="Names, numbers or addresses, a line each.")
@click.option("--reason", default="", help="Why, for the record; nothing personal.")
@connection
def command(refs: tuple[str, ...], customer_file: Path | None, reason: str, config: Path | None, **given: Any) -> None:
    """Ask all workers to forget customers. Figures stay as they are; the customers' pseudonyms leave every table.

    --customer-file (- is stdin) holds them as the sources know them; it needs the key that made the pseudonyms, in
    ANSWERABLE_PSEUDONYM_KEY or pseudonym_key_file. Nothing of that file is sent or shown. What a source sends again afterwards is
    there again: erase there first.

    \b
    Examples:
      answerable erase --customer-ref 5f0c1e7a9b8d4c3f5f0c1e7a9b8d4c3f
      answerable erase --customer-file - --reason "request 2026-117" < customers.txt
    """
    settings = load(config, **given)
    if PERSONAL.search(reason):
        raise WrongUse("--reason stays in Kafka for a while, and has an address or a number in it: name the request, not the customer.")
    for ref in refs:
        if not PSEUDONYM.fullmatch(ref):
            raise WrongUse(
                "--customer-ref takes a pseudonym as events carry it, of letters and figures: give names, numbers and addresses with "
                "--customer-file, which sends none of them."
            )
    found = list(refs)
    if customer_file is not None:
        if not settings.pseudonym_key:
            raise WrongUse("--customer-file needs the key that made the pseudonyms: set ANSWERABLE_PSEUDONYM_KEY or pseudonym_key_file.")
        pseudonyms = Pseudonyms(settings.pseudonym_key.encode())
        found += [pseudonyms.of("customer", name) for name in _named(customer_file)]
    if not found:
        raise WrongUse("Nobody is named: say --customer-ref REF, or --customer-file FILE.")
    wanted = list(dict.fromkeys(found))
    _ask(settings, wanted, {"reason": reason} if reason else {})
    who = "1 customer" if len(wanted) == 1 else f"{len(wanted)} customers"
    click.echo(f"{who} to be forgotten: sent to every partition of {settings.topic(ERASURE_TOPIC)}.")


def _named(file: Path) -> list[str]:
    """The customers of a file. What is more than the name alone would be another customer, and forgotten would be nobody."""
    try:
        with click.open_file(str(file), encoding="utf-8-sig") as lines:
            named = [line.strip() for line in lines]
    except UnicodeDecodeError as error:
        raise WrongUse(f"{file} is no text in UTF-8: save it as such, a customer a line.") from error
    except OSError as error:
        raise WrongUse(f"{file} cannot be read ({error.strerror}): check the name.") from error
    for number, name in enumerate(named, start=1):
        if not AROUND.isdisjoint(name):
            problem = "a name, a number or an address alone, without quotes, brackets, commas or columns"
            raise WrongUse(f"Line {number} of {file} holds more than a customer: write {problem}. Nobody was erased.")
    return [name for name in named if name]


def _ask(settings: Settings, customers: Sequence[str], more: dict[str, str]) -> None:
    now = time.time_ns() // 1_000_000
    with closing(Sending(settings, SOURCE)) as sending:
        for ref in customers:
            sending.send(Event(now, ERASURE_REQUESTED, ref, f"{SOURCE}|{ref}-{now}", {"customer_ref": ref, **more}))
        sending.flush()
