"""The command line of `make bench`."""

from __future__ import annotations

import pytest

from benchmarks.__main__ import options


def test_everything_runs_where_nothing_is_chosen() -> None:
    """All parts, and no engine is left out."""
    chosen = options([])
    assert (["engines", "replay", "latency", "recovery", "scrape", "gateway", "growth"], [], 5, 60.0, 500_000) == (
        chosen.parts,
        chosen.engines,
        chosen.rounds,
        chosen.seconds,
        chosen.warm_up,
    )


def test_parts_and_engines_can_be_named_side_by_side() -> None:
    """An engine's name means the race, with those engines only."""
    chosen = options(["--only", "ours,limit,scrape", "--short"])
    assert (["engines", "scrape"], ["ours", "limit"], 1, 30_000) == (chosen.parts, chosen.engines, chosen.rounds, chosen.events)


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence says which one."""
    with pytest.raises(SystemExit) as ended:
        options(["--only", "spark"])
    assert 2 == ended.value.code
    assert "there is no spark: choose among engines, replay" in capsys.readouterr().err
