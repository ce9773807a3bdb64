"""The screen of `answerable top`: the head, a table of all rows with those in breach first, and why the chosen one is so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Final

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Footer, Static

from stream.board.table import COLUMNS, cells, clock, head, shown_at, zone_of
from stream.errors import AnswerableError

EVERY: Final = 1.0
COLOURS: Final = {"critical": "bold red", "warning": "yellow", "info": "yellow"}


class Top(App[None]):
    """Asks for the board each second. What is chosen stays chosen while rows move."""

    CSS = "#head { padding: 0 1; } #head.stale { background: $error; color: $text; text-style: bold; } #why { padding: 0 1; height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit"),
        Binding("b", "only_broken", "Only breaches / all"),
    ]

    def __init__(self, ask: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        """`ask`: gives the board, or raises what is wrong in one sentence."""
        super().__init__()
        self.title = "Answerable"
        self._ask = ask
        self._board: dict[str, Any] | None = None
        self._only_broken = False

    def compose(self) -> ComposeResult:
        """The parts, from the top down."""
        yield Static("connecting", id="head")
        yield DataTable(cursor_type="row", zebra_stripes=True)
        yield Static("", id="why")
        yield Footer()

    async def on_mount(self) -> None:
        """Begin."""
        self.query_one(DataTable).add_columns(*COLUMNS)
        self.set_interval(EVERY, self.renew)
        await self.renew()

    async def renew(self) -> None:
        """Ask, and show what is answered, or what is wrong."""
        top = self.query_one("#head", Static)
        try:
            self._board = await self._ask()
        except AnswerableError as lost:
            top.update(Text(f"STALE: {lost}"))
            top.add_class("stale")
            return
        top.update(Text(head(self._board)))
        top.set_class(self._board["age"]["stale"], "stale")
        self._draw()

    def action_only_broken(self) -> None:
        """Show the rows in breach alone, or all."""
        self._only_broken = not self._only_broken
        self._draw()

    def _draw(self) -> None:
        board, table = self._board, self.query_one(DataTable)
        if board is None:
            return
        chosen = self._chosen()
        rows = [board["rows"][key] for key in board["order"]]
        table.clear()
        for row in rows:
            if row["broken"] or not self._only_broken:
                style = COLOURS[row["broken"][0]["severity"]] if row["broken"] else ""
                told = cells(row, shown_at(board), zone_of(board))
                table.add_row(*(Text(cell, style=style) for cell in told), key=row["key"])
        if chosen is not None and chosen in table.rows:
            table.move_cursor(row=table.get_row_index(chosen))
        self._explain()

    def _chosen(self) -> str | None:
        table = self.query_one(DataTable)
        if not table.row_count:
            return None
        return table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value

    def on_data_table_row_highlighted(self) -> None:
        """Another row is chosen."""
        self._explain()

    def _explain(self) -> None:
        """All that is broken in the chosen row, and why."""
        board, chosen = self._board, self._chosen()
        row = board["rows"].get(chosen) if board is not None else None
        if board is None or not row or not row["broken"]:
            self.query_one("#why", Static).update("")
            return
        told = [f"{one['title']}: {one['says']}, since {clock(one['since'], zone_of(board))}" for one in row["broken"]]
        self.query_one("#why", Static).update(Text("\n".join([*told, row["cause"]])))
