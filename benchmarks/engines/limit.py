"""The limit: a process that reads the topic and parses its values, and does nothing else. It has no figures to compare."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.engines.engine import Child, Engine, Job, Run

SCRIPT: Final = Path(__file__).parent.parent / "peers" / "read_limit" / "read_limit.py"


class Limit(Engine):
    """aiokafka and orjson in one process; it times itself."""

    name = "limit"
    title = "the limit: aiokafka and orjson, reading only, one process"

    def prepare(self) -> dict[str, str]:
        """Both are in our own lock."""
        return {name: version(name) for name in ("aiokafka", "orjson")}

    def start(self, job: Job) -> Run:
        """Start it; its log is its result."""
        numbers = (job.partitions, job.filled.records, job.warm_up, job.seconds)
        return Child(job, [[sys.executable, SCRIPT, job.bootstrap, job.filled.topic, *map(str, numbers)]], None, os.environ)
