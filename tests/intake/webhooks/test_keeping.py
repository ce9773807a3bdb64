"""What looks know is written from several threads, and the newest is what stays."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from stream.errors import PartMissing
from stream.intake.state import load_state, save_state
from stream.intake.webhooks.looking import Keeping


def test_the_state_of_the_end_stays_although_a_save_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As at a stop: the older one is being written, and would be put in its place after the newer one."""
    path, begun, go_on = tmp_path / "state.json", Event(), Event()

    def slow(where: Path, state: dict[str, Any]) -> None:
        begun.set()
        assert go_on.wait(30)
        save_state(where, state)

    monkeypatch.setattr("stream.intake.webhooks.looking.save_state", slow)
    file = Keeping(path, pytest.fail)
    older = Thread(target=file.keep, args=(file.number(), {"looks": {"old": 1}}))
    older.start()
    assert begun.wait(30)
    newer = Thread(target=file.keep, args=(file.number(), {"looks": {"new": 1}}))
    newer.start()
    go_on.set()
    older.join(30)
    newer.join(30)

    assert {"looks": {"new": 1}} == {name: one for name, one in (load_state(path, {"looks": dict}, "") or {}).items() if name == "looks"}


def test_an_older_state_that_comes_late_is_left_out(tmp_path: Path) -> None:
    """However long its thread was held up."""
    path = tmp_path / "state.json"
    file = Keeping(path, pytest.fail)
    older, newer = file.number(), file.number()
    file.keep(newer, {"looks": {"new": 1}})
    file.keep(older, {"looks": {"old": 1}})

    assert {"new": 1} == (load_state(path, {"looks": dict}, "") or {})["looks"]


def test_a_file_that_cannot_be_written_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And again, once it could be written in between."""
    said: list[str] = []
    file = Keeping(tmp_path / "state.json", said.append)

    def fail(where: Path, state: dict[str, Any]) -> None:
        raise PartMissing(f"{where.name} cannot be written with {len(state)}.")

    for number in range(1, 5):
        with monkeypatch.context() as patched:
            if number != 3:
                patched.setattr("stream.intake.webhooks.looking.save_state", fail)
            file.keep(file.number(), {"looks": {}})

    assert ["state.json cannot be written with 1. Until then a restart tells again what was told."] * 2 == said
