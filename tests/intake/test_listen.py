"""A log is followed into a real Kafka: through rotations and kills nothing is lost, and nothing counts twice."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
import urllib.request
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from stream.cli import main
from stream.config.settings import Settings
from stream.embedded.broker import Broker
from stream.errors import DataError, PartMissing
from stream.intake.follow import saved_position
from stream.intake.state import save_state
from tests.intake.listening import PATIENCE, command, installation, page, published, running, until, until_read
from tests.parts.topics import records_of
from tests.sources import vendors
from tests.sources.queue_logs import HERE, counts, events_of, figures


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


def listening(
    settings: Settings, log: Path, state: Path, *, source: str = "asterisk-queue-log"
) -> AbstractContextManager[tuple[subprocess.Popen[bytes], str]]:
    """A running `answerable listen` that follows a log, ready, with the address of its pages."""
    return running(command(settings, source, state, "--follow", log))


def calls(random: Random, number: int, at: int) -> list[bytes]:
    """The lines of one more call; some are left open."""
    lines = [f"{at}|{at}.{number}|billing|NONE|ENTERQUEUE||49|1"]
    end = random.randrange(4)
    if end == 0:
        lines.append(f"{at + 1}|{at}.{number}|billing|NONE|ABANDON|1|1|1")
    elif end == 1:
        lines += [f"{at + 1}|{at}.{number}|billing|NONE|EXITEMPTY|1|1|1", f"{at + 1}|{at}.{number}|sales|NONE|ENTERQUEUE||49|1"]
    elif end == 2:
        lines += [f"{at + 1}|{at}.{number}|billing|SIP/1|CONNECT|1|x|1", f"{at + 2}|{at}.{number}|billing|SIP/1|COMPLETEAGENT|1|1|1"]
    return [f"{line}\n".encode() for line in lines]


def test_kills_and_rotations_lose_no_line_and_double_no_contact(settings: Settings, tmp_path: Path) -> None:
    """Kill -9 in a loop, while a writer appends, renames, and copies and cuts off: the topic holds what the whole log says."""
    random = Random(7)
    log, state = tmp_path / "queue_log", tmp_path / "state.json"
    log.write_bytes(b"")
    written: list[bytes] = [b"1772438400|MANAGER|billing|SIP/1|ADDMEMBER|\n"]
    log.write_bytes(written[0])
    rotated = 0

    def append(count: int) -> None:
        nonlocal rotated
        for _ in range(count):
            lines = calls(random, len(written), 1772438401 + 2 * len(written))
            written.extend(lines)
            with log.open("ab") as file:
                text = b"".join(lines)
                file.write(text[:-9])
                file.flush()
                file.write(text[-9:])
            if random.random() < 0.02:
                rotated += 1
                target = log.with_name(f"queue_log-2026{rotated:04d}")
                if random.random() < 0.5:
                    log.rename(target)
                    log.write_bytes(b"")
                else:
                    shutil.copyfile(log, target)
                    with log.open("r+b") as file:
                        file.truncate(0)
                time.sleep(0.02)

    for _ in range(5):
        with listening(settings, log, state) as (process, _):
            until = time.monotonic() + random.uniform(0.1, 1.2)
            while time.monotonic() < until:
                append(20)
            process.send_signal(signal.SIGKILL)
            process.wait()
        append(random.randrange(50))
    with listening(settings, log, state) as (process, address):
        until_read(state, log)
        with urllib.request.urlopen(f"{address}/metrics") as answer:  # noqa: S310 - our own address
            page = answer.read().decode()
        process.terminate()
        assert 0 == process.wait(PATIENCE)

    expected = events_of(written)
    found = {event.id: event for event in published(settings)}
    assert rotated > 0
    assert 'cc_source_gaps_total{source="asterisk-queue-log"} 0\n' in page
    # Equal lines of one second are told apart within a file; here there are none, so the ids are those of one file.
    assert {event.id: event for event in expected} == found
    assert {queue: counts(measures) for queue, measures in figures(expected).items()} == {
        queue: counts(measures) for queue, measures in figures(found.values()).items()
    }


def test_what_cannot_be_read_goes_to_dead_letters_and_is_counted(settings: Settings, tmp_path: Path) -> None:
    """The rest goes on, and /metrics tells of all of it."""
    log, state = tmp_path / "queue_log", tmp_path / "state.json"
    log.write_bytes((HERE / "broken.log").read_bytes() + b"\n1772438500|c.9|billing|NONE|CALLSURVEY|5\n")
    with listening(settings, log, state) as (process, address):
        until_read(state, log)
        time.sleep(0.3)
        with urllib.request.urlopen(f"{address}/metrics") as answer:  # noqa: S310 - our own address
            page = answer.read().decode()
        process.terminate()
        said = process.communicate(timeout=PATIENCE)[1].decode()
    assert said.endswith("10 lines read, 2 events published, 6 rejected (see dead-letters), 1 unknown and passed over.\n")
    mine = '{source="asterisk-queue-log"'
    shown = [line for line in page.splitlines() if line.startswith("cc_source_")]

    for line in (
        f"cc_source_lines_total{mine}}} 10",
        f"cc_source_events_total{mine}}} 2",
        f'cc_source_rejected_total{mine},reason="missing_field"}} 4',
        f'cc_source_rejected_total{mine},reason="unknown_type"}} 1',
        f"cc_source_unknown_total{mine}}} 1",
        f"cc_source_last_event_timestamp_seconds{mine}}} 1772438405.0",
        f"cc_source_lag_bytes{mine}}} 0",
        f"cc_source_connected{mine}}} 1",
        f'cc_source_silent_after_seconds{mine},channel="call"}} 1800.0',
    ):
        assert line in shown
    assert 6 == len(records_of(settings, ("dead-letters",)))


def test_while_kafka_is_away_the_lag_grows_and_the_source_is_not_connected(tmp_path: Path) -> None:
    """What is read and not acknowledged is lag; once Kafka is back all of it is there, and nothing is behind."""
    log, state, mine = tmp_path / "queue_log", tmp_path / "state.json", '{source="asterisk-queue-log"} '
    first, more = (b"%d|c.%d|billing|NONE|ENTERQUEUE||49|1\n" % (1772438400 + number, number) for number in range(2))
    log.write_bytes(first)

    def shown(address: str) -> set[str]:
        return {line for line in page(address) if line.startswith(("cc_source_lag_bytes{", "cc_source_connected{"))}

    with Broker(tmp_path / "broker") as own:
        settings = installation(own)
        with listening(settings, log, state) as (process, address):
            until_read(state, log)
            own.kill()
            with log.open("ab") as file:
                file.write(more)
            away = {f"cc_source_lag_bytes{mine}{len(more)}", f"cc_source_connected{mine}0"}
            until(lambda: shown(address) == away, "missed Kafka")
            own.start()
            there = {f"cc_source_lag_bytes{mine}0", f"cc_source_connected{mine}1"}
            until(lambda: shown(address) == there, "found Kafka again")
            process.terminate()
            _, said = process.communicate(timeout=PATIENCE)
        assert {one.id for one in events_of([first, more])} == {one.id for one in published(settings)}
    assert "waiting for it. Nothing is lost.\n" in said.decode()


def test_only_what_can_be_listened_to_is_offered(tmp_path: Path) -> None:
    """Files of other sources are published, and the refusal says so."""
    offered = CliRunner().invoke(main, ["listen", "--help"]).stdout
    assert (False, False, True) == tuple(f"|{name}|" in offered for name in ("asterisk-cdr", "email", "asterisk-queue-log"))
    (mapping := tmp_path / "cdr.yaml").write_text("version: 1\ntime_zone: UTC\ntrunks: [PJSIP/provider]\n", encoding="utf-8")
    words = ("--follow", "Master.csv", "--mapping", str(mapping), "--web-port", "0")
    result = CliRunner().invoke(main, ["listen", "--source", "asterisk-cdr", *words])
    refusal = "Error: The source asterisk-cdr cannot be followed: publish its files with `answerable publish`.\n"
    assert (2, refusal) == (result.exit_code, result.stderr)


def test_a_directory_is_not_followed(tmp_path: Path) -> None:
    """It would be waited on for ever."""
    result = CliRunner().invoke(main, ["listen", "--source", "asterisk-queue-log", "--follow", str(tmp_path), "--web-port", "0"])
    assert (2, f"Error: {tmp_path} is a directory: name the file in it that grows.\n") == (result.exit_code, result.stderr)


def test_a_saved_state_is_held_to_its_log(tmp_path: Path) -> None:
    """A damaged one, and one of another log, are refused with what to do; none is none."""
    state, log = tmp_path / "s" / "state.json", tmp_path / "log"
    assert None is saved_position(state, log)
    save_state(state, {"path": str(log), "position": {}, "translator": []})
    assert 0o600 == state.stat().st_mode & 0o777
    assert {"version": 1, "path": str(log), "position": {}, "translator": []} == saved_position(state, log)
    with pytest.raises(DataError, match="name another file with --state"):
        saved_position(state, tmp_path / "other")
    state.write_bytes(b"{")
    with pytest.raises(DataError, match="remove it"):
        saved_position(state, log)
    with pytest.raises(PartMissing, match="cannot be written"):
        save_state(log.with_name("s") / "state.json" / "x", {})


@pytest.mark.parametrize(
    ("source", "sample"),
    [
        ("amazon-connect", "amazon_connect/events.jsonl"),
        ("amazon-connect-records", "amazon_connect/records.json"),
        ("freeswitch", "freeswitch/callcenter.jsonl"),
        ("genesys-cloud", "genesys_cloud/notifications.jsonl"),
    ],
)
def test_a_file_of_a_vendor_that_grows_becomes_its_events(source: str, sample: str, settings: Settings, tmp_path: Path) -> None:
    """Written in two pieces, cut within a line, it holds in Kafka what the whole file says."""
    content = (HERE.parent / sample).read_bytes()
    log, state = tmp_path / "log", tmp_path / "state.json"
    log.write_bytes(content[: len(content) // 2])
    with listening(settings, log, state, source=source) as (process, _):
        with log.open("ab") as file:
            file.write(content[len(content) // 2 :])
        until_read(state, log)
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    assert {one.id: one for one in vendors.events_of(source, content.splitlines(keepends=True))} == {
        one.id: one for one in published(settings)
    }
