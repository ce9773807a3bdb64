"""A play whose parts fail says so at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.embedded.broker import Broker
from stream.errors import PartMissing
from stream.verify.run import DEFAULT_STANDARDS, Promises, playing


@pytest.mark.timeout(120)
def test_a_worker_that_ends_by_itself_ends_the_play(broker: Broker, tmp_path: Path) -> None:
    """Nobody waits for figures that will never come; what a play started is gone afterwards."""
    promises = Promises(centre=Centre(), standards=(), centre_file=None, standards_file=DEFAULT_STANDARDS)
    settings = Settings(bootstrap_servers=broker.bootstrap)
    with playing(settings, promises, tmp_path, 2) as play:
        first, second = play.workers
        first.signal_end()
        with pytest.raises(PartMissing, match=r"^Worker 1 ended by itself \(exit code 0\)"):
            play.wait("it is noticed", lambda: False, 60)
    assert [None, None] == [first.pid, second.pid]


@pytest.mark.timeout(120)
def test_what_does_not_come_is_named(broker: Broker, tmp_path: Path) -> None:
    """A wait that takes too long says for what."""
    promises = Promises(centre=Centre(), standards=(), centre_file=None, standards_file=DEFAULT_STANDARDS)
    with (
        pytest.raises(PartMissing, match=r"^Not within 0 s: rain\.$"),
        playing(Settings(bootstrap_servers=broker.bootstrap), promises, tmp_path, 0) as play,
    ):
        play.wait("rain", lambda: False, 0.2)
