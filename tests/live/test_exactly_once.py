"""On a real broker, with real worker processes: every event counts exactly once, whatever happens to the workers."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stream.embedded.broker import Broker
from tests.live.installation import as_counted, counted, events, installation, record
from tests.live.stages import COUNTED, FACTS


def test_two_workers_count_each_event_once(broker: Broker, tmp_path: Path) -> None:
    """Both stages, two workers: every event comes out once, and every count follows the one before it."""
    ids = range(6_000)
    with installation(broker.bootstrap, tmp_path) as here:
        workers = here.start_all(2)
        here.send(events(ids))
        assert counted(ids) == as_counted(here.read(COUNTED, len(ids)))
        assert [0, 0] == [worker.stop() for worker in workers]


def test_a_killed_worker_loses_nothing_and_counts_nothing_twice(broker: Broker, tmp_path: Path) -> None:
    """SIGKILL in the middle, and a new worker a moment later: the state is restored, the outputs are those of a plain fold."""
    ids = range(6_000)
    with installation(broker.bootstrap, tmp_path) as here:
        first, _ = here.start_all(2)
        sending = threading.Thread(target=here.send, args=(events(ids),), kwargs={"rate": 1_500.0})
        sending.start()
        time.sleep(1.5)
        first.signal(signal.SIGKILL)
        first.wait()
        here.start()
        sending.join()
        assert counted(ids) == as_counted(here.read(COUNTED, len(ids)))
        assert counted(ids)["ids"] == sorted(one["id"] for one in here.read(FACTS, len(ids)))


def test_a_worker_that_slept_past_its_session_comes_back(broker: Broker, tmp_path: Path) -> None:
    """SIGSTOP past the session time-out, then SIGCONT: the sleeper says that it is not ready, comes back, and nothing counts twice."""
    ids = range(12_000)
    with installation(broker.bootstrap, tmp_path) as here:
        first, second = here.start_all(2)
        sending = threading.Thread(target=here.send, args=(events(ids),), kwargs={"rate": 800.0})
        sending.start()
        time.sleep(1.0)
        first.signal(signal.SIGSTOP)
        time.sleep(9.0)
        with ThreadPoolExecutor() as pool:
            asked = pool.submit(first.get, "/readyz")
            time.sleep(0.5)
            first.signal(signal.SIGCONT)
            assert 503 == asked.result()[0]
        sending.join()
        assert counted(ids) == as_counted(here.read(COUNTED, len(ids)))
        assert [0, 0] == [first.stop(), second.stop()]


def test_a_poisoned_record_is_set_aside(broker: Broker, tmp_path: Path) -> None:
    """What cannot be decoded, and what the fold raises on, goes to dead-letters; the rest of the batch is counted."""
    ids = range(300)
    bad = [
        ("contact-events", b"k1", b"no json"),
        ("contact-events", b"k1", record("poison-1", "k1")),
        ("agent-events", b"k2", record("poison-2", "k2")),
    ]
    sent = events(ids)
    with installation(broker.bootstrap, tmp_path) as here:
        here.send([*sent[:150], *bad, *sent[150:]])
        here.start_all(1)
        assert counted(ids) == as_counted(here.read(COUNTED, len(ids)))
        reasons = sorted(
            (letter["reason"], letter["topic"].removeprefix(here.settings.topic_prefix)) for letter in here.read("dead-letters", 3)
        )
        assert [("fold_failed", "agent-events"), ("fold_failed", "contact-events"), ("undecodable", "contact-events")] == reasons


def test_the_state_goes_on_after_a_restart_of_everything(broker: Broker, tmp_path: Path) -> None:
    """All workers stop; the next ones go on counting where those ended."""
    with installation(broker.bootstrap, tmp_path) as here:
        (worker,) = here.start_all(1)
        here.send(events(range(1_000)))
        here.read(COUNTED, 1_000)
        assert 0 == worker.stop()
        here.send(events(range(1_000, 2_000)))
        here.start_all(2)
        assert counted(range(2_000)) == as_counted(here.read(COUNTED, 2_000))


def test_too_many_rejects_stop_the_worker(broker: Broker, tmp_path: Path) -> None:
    """A topic full of what nobody can read is not drained: the worker ends with a sentence and exit code 1.

    However large its batches are, what says so much is in dead-letters, once, and the next start goes on behind it.
    """
    with installation(broker.bootstrap, tmp_path) as here:
        here.send([("contact-events", b"k", b"no json") for _ in range(5_000)])
        worker = here.start(batch_size="1500")
        assert 1 == worker.wait()
        assert "Error: More than 10% of the latest records of " in worker.log.read_text()
        assert list(range(1_000)) == [letter["offset"] for letter in here.read("dead-letters", 1_000)]
        assert 1 == here.start(batch_size="1500").wait()
        assert list(range(2_000)) == [letter["offset"] for letter in here.read("dead-letters", 2_000)]


def test_missing_topics_are_told(broker: Broker, tmp_path: Path) -> None:
    """Without the topics, the worker says how to make them, and ends with 3."""
    with installation(broker.bootstrap, tmp_path) as here:
        worker = here.start(topic_prefix="not-there-")
        assert 3 == worker.wait()
        assert "make them with `answerable topics apply`" in worker.log.read_text()
