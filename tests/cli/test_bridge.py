"""`answerable bridge` refuses what would never post anything."""

from __future__ import annotations

from click.testing import CliRunner

from stream.cli import main


def test_a_standard_that_is_none_of_single_contacts_is_refused() -> None:
    """An unknown name, and one of another form: both would wait for ever."""
    for name in ("nope", "queue-length"):
        done = CliRunner().invoke(main, ["bridge", "--alertmanager", "http://127.0.0.1:9", "--standard", name])
        assert 2 == done.exit_code
        assert f"has no standard {name} of the form clock: " in done.output
