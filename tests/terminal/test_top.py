"""`answerable top`, led by Textual's pilot as a person's keys lead it."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.widgets import DataTable, Static

from stream.errors import PartMissing
from stream.terminal.top import Top
from tests.live.made_up import Made, busy


def shown(app: Top) -> list[list[str]]:
    """The first three cells of each row."""
    table = app.query_one(DataTable)
    return [[str(cell) for cell in table.get_row_at(at)[:3]] for at in range(table.row_count)]


def text(app: Top, name: str) -> str:
    """What a part says."""
    return str(app.query_one(name, Static).render())


def test_the_worst_stands_on_top_and_says_why_and_keys_lead_through_it() -> None:
    """Down goes to the next row, b leaves those in breach alone, q ends it; what is chosen stays chosen when rows move."""
    made = Made()
    busy(made)

    async def ask() -> dict[str, Any]:
        return made.board.look(made.now)

    async def led() -> None:
        app = Top(ask)
        async with app.run_test(size=(200, 40)) as pilot:
            await pilot.pause()
            assert ["billing Calls", "53.3 % in time, at least 90 % (+1)", "11:55"] == shown(app)[0]
            assert len(shown(app)) == 20
            assert text(app, "#why").splitlines() == [
                "Nine calls in ten are answered within two minutes: 53.3 % in time, at least 90 %, since 11:55",
                "At most fifteen wait in a queue: 16 waiting, at most 15, since 11:56",
                "calls 40 % above usual; 6 of 14 paused; 7:10 a call, usual 5:02",
            ]
            await pilot.press("b", "down")
            assert ["billing Calls", "billing Email", "sales Calls"] == [row[0] for row in shown(app)]
            assert "3 e-mails over 1 h 00" in text(app, "#why")
            for key in [key for key in made.follower.fires if b"call" in key]:
                made.follower.take_breach(key, None)
            made.now += 1_000
            await app.renew()
            assert "3 e-mails over 1 h 00" in text(app, "#why")
            await pilot.press("q")
        assert app.return_code == 0

    asyncio.run(led())


def test_old_figures_and_a_worker_that_is_gone_are_said_in_red() -> None:
    """The figures stay, marked as old."""
    made = Made()
    busy(made)
    gone = False

    async def ask() -> dict[str, Any]:
        if gone:
            raise PartMissing("No worker answers.")
        return made.board.look(made.now)

    async def led() -> None:
        nonlocal gone
        app = Top(ask)
        async with app.run_test(size=(200, 40)):
            assert not app.query_one("#head").has_class("stale")
            made.now += 100_000
            await app.renew()
            assert text(app, "#head").startswith("STALE: These figures are 1:40 old")
            gone = True
            await app.renew()
            assert text(app, "#head") == "STALE: No worker answers."
            assert app.query_one("#head").has_class("stale")
            assert len(shown(app)) == 20

    asyncio.run(led())
