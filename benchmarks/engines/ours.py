"""The product: `answerable worker` processes under benchmarks/centre.yaml, on the clock that `publish` plays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.engines.engine import Engine, Job, Outputs, Run
from benchmarks.expected import Figures
from stream import __version__
from stream.core.stage import QUEUE_INTERVALS, QUEUE_READINGS
from stream.wire.codec import CONTACT_TOPIC
from stream.worker_process import WorkerProcess

DECLARED: Final = Path(__file__).parent.parent
HALF: Final = b"|30m|"
NOW: Final = b"|all"
"""The figures of the whole time; how many wait now is among them."""


class Ours(Engine):
    """So many workers, exactly once."""

    def __init__(self, workers: int, name: str, share: float = 1.0) -> None:
        """`workers`: processes."""
        self.share = share
        self.workers = workers
        self.name = name
        self.title = f"Answerable, exactly once, {workers} worker{'' if workers == 1 else 's'}"

    def prepare(self) -> dict[str, str]:
        """It is installed."""
        return {"answerable": __version__}

    def start(self, job: Job) -> Run:
        """Start the workers; none is waited for."""
        return Workers(job, self.workers)


def settings_of(job: Job, **more: str) -> dict[str, str]:
    """The settings of a worker, by their names."""
    return {
        "bootstrap_servers": job.bootstrap,
        "topic_prefix": job.filled.topic.removesuffix(CONTACT_TOPIC),
        "application_id": job.name,
        "partitions": str(job.partitions),
        "clock": "played",
        "centre_file": str(DECLARED / "centre.yaml"),
        "standards_file": str(DECLARED / "standards.yaml"),
        **more,
    }


class Workers(Run):
    """Workers that run."""

    def __init__(self, job: Job, count: int) -> None:
        """Start them."""
        named = settings_of(job)
        prefix = named["topic_prefix"]
        self._intervals, self._readings = prefix + QUEUE_INTERVALS, prefix + QUEUE_READINGS
        self.topics = (self._intervals, self._readings)
        self.group = prefix + job.name
        self._workers = [WorkerProcess(number, job.place, named) for number in range(1, count + 1)]
        for worker in self._workers:
            worker.start()

    def processes(self) -> Iterable[int]:
        """See `Run`."""
        return [pid for worker in self._workers if (pid := worker.pid) is not None]

    def check(self) -> None:
        """See `Run`."""
        for worker in self._workers:
            worker.check()

    def end(self) -> None:
        """See `Run`."""
        for worker in self._workers:
            worker.kill()

    def wants(self, topic: str, key: bytes) -> bool:
        """The half-hours and the present of each queue and channel; other scopes and windows are not asked for by the job."""
        if b"channel=" not in key or b"queue=" not in key:
            return False
        return HALF in key if topic == self._intervals else key.endswith(NOW)

    def figures(self, outputs: Outputs) -> Figures:
        """See `Run`."""
        figures = Figures()
        for (topic, _), value in outputs.items():
            record: dict[str, Any] = orjson.loads(value)
            place = f"{record['scope']['queue']}|{record['scope']['channel']}"
            measures = record["measures"]
            if topic == self._readings:
                figures.waiting[place] = measures["waiting"]
            elif measures["offered"]:
                start = int(datetime.fromisoformat(record["window"]["start"]).timestamp() * 1000)
                figures.windows[f"{place}|{start}"] = _window(measures)
        # Queues that are declared and were never offered anything have a reading too.
        offered = {window.rpartition("|")[0] for window in figures.windows}
        figures.waiting = {place: waiting for place, waiting in figures.waiting.items() if place in offered}
        return figures


def _window(measures: dict[str, Any]) -> list[int]:
    """The fields of FIELDS. The sum of the waits is in the mean, to the millisecond."""
    answered: int = measures["answered"]
    mean = measures["wait_answered_mean_seconds"] or 0.0
    level = next(row for row in measures["service_level"] if row["formula"] == "strict" and row["within_seconds"] == 20)  # noqa: PLR2004 - JOB.md
    return [
        measures["offered"],
        answered,
        measures["abandoned"],
        round(mean * 1000 * answered),
        level["numerator"],
        level["denominator"],
    ]
