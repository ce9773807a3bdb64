"""One partition number of a worker, without a broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.settings import Settings
from stream.errors import TooManyRejects
from stream.live.app import build_app
from stream.live.partition import Partition
from tests.live.stages import counting_processors


def test_each_topic_is_judged_by_itself(tmp_path: Path) -> None:
    """A flood of facts that can be read does not hide that contact-events are broken, nor do agents' events."""
    settings = Settings(data_dir=tmp_path, reject_share=0.1)
    partition = Partition(build_app(settings, counting_processors(settings), 4), 3)
    contacts, agents, scopes = (partition._allow(section) for section in partition.sections.values())
    scopes(10_000, 0)
    agents(10_000, 0)
    contacts(999, 999)
    with pytest.raises(TooManyRejects, match="More than 10% of the latest records of contact-events, partition 3, were rejected"):
        contacts(1, 0)
