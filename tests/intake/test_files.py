"""Files become all their events in order of time, in bounded memory, and nothing is dropped in silence."""

from __future__ import annotations

import gzip
import os
import random
import threading
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from stream.core.events import Event, order
from stream.errors import WrongUse
from stream.intake.files import KEPT_REJECTS, MOST_OPEN, read_events
from stream.wire.codec import to_json_line

SAMPLES = Path(__file__).parents[1] / "sources" / "call_log"
KINDS = ("contact.begun", "contact.ended", "agent.state_changed")

events = some.builds(
    lambda time, kind, contact, number: Event(time, KINDS[kind], contact, f"t|{number}", _data(KINDS[kind], contact)),
    some.integers(0, 5_000),
    some.integers(0, 2),
    some.sampled_from(["a", "b", "ü"]),
    some.integers(0, 20),
)


def _data(kind: str, subject: str) -> dict[str, object]:
    if kind == "agent.state_changed":
        return {"agent_id": subject, "state": "available", "queues": ["q"]}
    return {"contact_id": subject, **({"channel": "call"} if kind == "contact.begun" else {})}


def written(path: Path, found: Iterable[Event]) -> Path:
    """A file of these events as JSON lines."""
    path.write_bytes(b"".join(to_json_line(event, "t") for event in found))
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(drawn=some.lists(events, max_size=60), memory=some.integers(1, 25))
def test_sorted_in_pieces_is_sorted(tmp_path: Path, drawn: list[Event], memory: int) -> None:
    """However few events fit in memory, the order is the same, also the second time they are asked for."""
    path = written(tmp_path / "events.jsonl", drawn)
    with read_events("events", None, [path], memory_events=memory) as found:
        expected = sorted(drawn, key=order)
        assert (expected, expected, len(drawn)) == (list(found), list(found), found.count)


def test_more_runs_than_may_be_open_are_merged_first(tmp_path: Path) -> None:
    """A thousand runs do not open a thousand files."""
    drawn = [Event(number, "contact.ended", "c", f"t|{number}", {"contact_id": "c"}) for number in range(5 * MOST_OPEN)]
    random.Random(1).shuffle(drawn)
    with read_events("events", None, [written(tmp_path / "e.jsonl", drawn)], memory_events=1) as found:
        assert list(range(5 * MOST_OPEN)) == [event.time for event in found]


def test_temporary_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was spilled to disk is gone at the end."""
    spill = tmp_path / "spill"
    spill.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spill))
    drawn = [Event(number, "contact.ended", "c", f"t|{number}", {"contact_id": "c"}) for number in range(10)]
    with read_events("events", None, [written(tmp_path / "e.jsonl", drawn)], memory_events=3) as found:
        during = len(list(spill.rglob("*.jsonl")))
        assert 10 == len(list(found))
    assert (3, []) == (during, list(spill.iterdir()))


def test_several_files_are_one_stream_and_rejects_are_counted(tmp_path: Path) -> None:
    """Rejects are counted by reason; the first of them keep file and line."""
    good = Event(5, "contact.ended", "c", "t|1", {"contact_id": "c"})
    first = tmp_path / "a.jsonl"
    first.write_bytes(to_json_line(good, "t") + b"nonsense\n" * (KEPT_REJECTS + 5))
    second = written(tmp_path / "b.jsonl", [Event(1, "contact.ended", "d", "t|2", {"contact_id": "d"})])
    found = read_events("events", None, [first, second])
    kept = found.first_rejected
    expected = (["d", "c"], {"undecodable": KEPT_REJECTS + 5}, KEPT_REJECTS, (str(first), 2), (1, 5), KEPT_REJECTS + 7)
    assert expected == (
        [event.subject for event in found],
        dict(found.rejected),
        len(kept),
        (kept[0].path, kept[0].line),
        (found.first_time, found.last_time),
        found.lines,
    )


def test_progress_grows_to_the_whole(tmp_path: Path) -> None:
    """Bytes done never shrink, and end at the bytes of all files."""
    drawn = [Event(number, "contact.ended", "c", f"t|{number}", {"contact_id": "c"}) for number in range(3_000)]
    paths = [written(tmp_path / name, drawn) for name in ("a.jsonl", "b.jsonl")]
    calls: list[tuple[int, int]] = []
    read_events("events", None, paths, progress=lambda done, total: calls.append((done, total)))
    total = sum(path.stat().st_size for path in paths)
    assert (True, (total, total), True) == (
        all(before[0] <= after[0] <= total for before, after in pairwise(calls)),
        calls[-1],
        len(calls) > 4,
    )


def test_a_gzipped_file_is_read_as_it_is(tmp_path: Path) -> None:
    """Exports are often compressed; their name says so."""
    drawn = [Event(1, "contact.ended", "c", "t|1", {"contact_id": "c"})]
    path = tmp_path / "e.jsonl.gz"
    path.write_bytes(gzip.compress(to_json_line(drawn[0], "t")))
    assert drawn == list(read_events("events", None, [path]))


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    """What another program writes has no size and no position; all its lines are read, and counted."""
    drawn = [Event(number, "contact.ended", "c", f"t|{number}", {"contact_id": "c"}) for number in range(5)]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=written, args=(pipe, drawn))
    writer.start()
    calls: list[tuple[int, int]] = []
    found = read_events("events", None, [pipe], progress=lambda done, total: calls.append((done, total)))
    writer.join()
    assert (drawn, 5, [(0, 0)]) == (list(found), found.lines, calls)


def test_a_call_log_brings_its_zone() -> None:
    """The mapping's zone stands beside the events; our own events have none."""
    found = read_events("call-log", SAMPLES / "pbx.mapping.yaml", [SAMPLES / "pbx.csv"])
    assert (ZoneInfo("Europe/Berlin"), 16, sorted(found, key=order)) == (found.zone, len(found), list(found))


def test_the_real_week_in_small_memory_is_the_week(shared: Path) -> None:
    """Sorted in a hundred pieces or in one: the same 33 719 events."""
    log = shared / "data" / "bank-calls-1999-02-01-to-07.tsv"
    whole = read_events("call-log", SAMPLES / "bank-1999.mapping.yaml", [log])
    with read_events("call-log", SAMPLES / "bank-1999.mapping.yaml", [log], memory_events=300) as pieces:
        assert (33_719, {}, True) == (whole.count, dict(whole.rejected), list(whole) == list(pieces))


@pytest.mark.parametrize(
    ("source", "mapping", "name", "refusal"),
    [
        ("call-logs", None, "e.jsonl", "There is no source call-logs: did you mean call-log?"),
        ("call-log", None, "e.jsonl", "The source call-log needs a mapping that names the columns of the file: add --mapping FILE."),
        ("call-log", "m.yaml", "e.jsonl", "There is no file DIR/m.yaml: check the name, or write it first."),
        ("events", None, "", "DIR is a directory: name the files in it."),
        ("events", None, "missing.jsonl", "There is no file DIR/missing.jsonl: check the name."),
        ("events", None, "broken.gz", "DIR/broken.gz is no whole gzip file: unpack it, or fetch it again."),
    ],
)
def test_wrong_calls_are_one_sentence(tmp_path: Path, source: str, mapping: str | None, name: str, refusal: str) -> None:
    """Who calls wrongly is told what to do."""
    (tmp_path / "e.jsonl").write_bytes(b"")
    (tmp_path / "broken.gz").write_bytes(b"not gzip")
    with pytest.raises(WrongUse) as refused:
        read_events(source, tmp_path / mapping if mapping else None, [tmp_path / name])
    assert refusal == str(refused.value).replace(str(tmp_path), "DIR")
