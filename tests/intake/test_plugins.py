"""A source of a third party works without a change here, and what it breaks is one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.errors import RejectedRecord
from stream.intake.plugins import judged
from stream.sources.records import Rejected, Unknown
from tests.docs.pages import ROOT, fences
from tests.intake.listening import PATIENCE, command, installation, metrics, plain, published, running, until
from tests.parts.topics import records_of

PAGE = ROOT / "docs/sources/your-own.md"
AT = 1_772_442_000_000
LINES = [
    {"event": "ring", "call": "c1", "at": AT, "queue": "q"},
    {"event": "pickup", "call": "c1", "at": AT + 5_000, "queue": "q"},
    {"event": "hangup", "call": "c1", "at": AT + 65_000, "queue": "q"},
    {"event": "ring", "call": "c2", "at": AT, "queue": "q"},
    {"event": "lamp", "call": "c2", "at": AT, "queue": "q"},
]
LOG = "".join(f"{json.dumps(line)}\n" for line in LINES)


def installed(home: Path) -> Path:
    """The package of the page, put by pip into a directory of its own."""
    project, place = home / "answerable-acme", home / "installed"
    project.mkdir()
    (python,), (toml,) = fences(PAGE, "python"), fences(PAGE, "toml")
    (project / "acme_calls.py").write_text(textwrap.dedent(python))
    (project / "pyproject.toml").write_text(textwrap.dedent(toml))
    call = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    done = subprocess.run(
        [*call, "--no-build-isolation", "--target", str(place), str(project)], capture_output=True, text=True, timeout=300, check=False
    )
    assert 0 == done.returncode, done.stderr
    return place


def left_by_pip(home: Path, code: str = "", names: tuple[str, ...] = ("acme-calls",), package: str = "answerable-acme") -> Path:
    """A directory as pip leaves one, with a package whose only module has `code`."""
    (home / "acme_calls.py").write_text(code)
    info = home / f"{package.replace('-', '_')}-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0.0\n")
    (info / "entry_points.txt").write_text("[stream.sources]\n" + "".join(f"{name} = acme_calls:SOURCE\n" for name in names))
    return home


def answerable(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command, where the package is installed."""
    environment = {**os.environ, "PYTHONPATH": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "stream", *words], capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False
    )


def test_the_page_can_be_followed(broker: Broker, tmp_path: Path) -> None:
    """Its package is known by its name: a file is replayed and published, a log followed, and all three say the same."""
    home, log = installed(tmp_path), tmp_path / "calls.log"
    log.write_text(LOG)
    done = answerable(home, "replay", "--source", "acme-calls", str(log), "--report", "json")
    assert 0 == done.returncode, done.stderr
    whole = next(one["measures"] for one in json.loads(done.stdout)["scopes"] if not one["scope"])
    assert (2, 1, 1) == (whole["offered"], whole["answered"], whole["waiting"])

    first, second = installation(broker), installation(broker)
    place = ("--bootstrap-servers", first.bootstrap_servers, "--prefix", first.topic_prefix)
    done = answerable(home, "publish", "--source", "acme-calls", "--no-marks", str(log), *place)
    assert 0 == done.returncode, done.stderr
    with running(command(second, "acme-calls", tmp_path / "state.json", "--follow", log), PYTHONPATH=str(home)) as (process, address):
        with log.open("a") as file:
            file.write("{}\n")
        until(lambda: metrics(address)["cc_source_lines_total"] == len(LINES) + 1, "read the log")
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    sent = published(first)
    assert (4, plain(sent), 1) == (len(sent), plain(published(second)), len(records_of(second, ("dead-letters",))))


HEAD = "from stream.sources.records import Prepared, Source\n"


@pytest.mark.parametrize(
    ("code", "exit_code", "sentence"),
    [
        ("import nothing_of_that_name", 3, "cannot be loaded (ModuleNotFoundError: No module named 'nothing_of_that_name'): update it"),
        ("def", 3, "cannot be loaded (SyntaxError: "),
        ("SOURCE = 7", 3, "is no stream.sources.records.Source of that name: update it, or uninstall it."),
        (HEAD + "SOURCE = Source('other', '', None)", 3, "is no stream.sources.records.Source of that name: update it, or uninstall it."),
        (HEAD + "SOURCE = Source('acme-calls', '', lambda *_: 1 / 0)", 3, "cannot be made ready (ZeroDivisionError: division by zero)"),
        (HEAD + "SOURCE = Source('acme-calls', '', lambda *_: None)", 3, "cannot be made ready (it gives no Prepared)"),
        (
            HEAD + "SOURCE = Source('acme-calls', '', lambda *_: Prepared(lambda lines: (1 / 0 for _ in lines)))",
            1,
            "failed while it read (ZeroDivisionError: division by zero): tell its makers; nothing of the files is used.",
        ),
    ],
)
def test_what_a_package_breaks_is_one_sentence(code: str, exit_code: int, sentence: str, tmp_path: Path) -> None:
    """It names the package; and no other source is touched by it."""
    home, log = left_by_pip(tmp_path, code), tmp_path / "calls.log"
    log.write_text(LOG)
    done = answerable(home, "replay", "--source", "acme-calls", str(log))
    start = "Error: The source acme-calls of answerable-acme 1.0.0 "
    assert (exit_code, 1) == (done.returncode, len(done.stderr.splitlines())), done.stderr
    assert (True, True) == (done.stderr.startswith(start), sentence in done.stderr), done.stderr


def test_names_that_are_taken(tmp_path: Path) -> None:
    """Ours go before others'; one name in two packages is refused; one that is nowhere is answered with those that are there."""
    home = left_by_pip(tmp_path, names=("events", "acme-calls"))
    other = tmp_path / "other"
    other.mkdir()
    left_by_pip(other, package="answerable-acme-too")
    events = tmp_path / "events.jsonl"
    events.write_bytes((ROOT / "topics/examples/valid/contact-events").glob("*.json").__next__().read_bytes().replace(b"\n", b" ") + b"\n")
    ours = answerable(home, "replay", "--source", "events", str(events))
    assert 0 == ours.returncode, ours.stderr
    several = answerable(Path(f"{home}{os.pathsep}{other}"), "replay", "--source", "acme-calls", str(events))
    says = "The source acme-calls is in answerable-acme 1.0.0 and answerable-acme-too 1.0.0: uninstall all of them but one."
    assert (2, f"Error: {says}\n") == (several.returncode, several.stderr)
    nowhere = answerable(home, "replay", "--source", "acme", str(events))
    assert (2, True) == (nowhere.returncode, "'acme-calls'" in nowhere.stderr)


TEXTS = some.text(some.characters())  # halves of characters, too
DATA = some.dictionaries(
    some.sampled_from(["contact_id", "queue", "channel", "agent_id", "customer", "customer_ref", "wait_ms", "x"]), some.integers() | TEXTS
)
REASONS = some.sampled_from(["bad_value", "none of ours"])
KINDS = some.sampled_from(["contact.offered", "contact.ended", "clock.marked", "nonsense"]) | some.integers()


@given(
    some.one_of(
        some.none(),
        some.builds(Unknown, TEXTS | some.none()),
        some.builds(Rejected, REASONS, TEXTS | some.none(), some.binary() | TEXTS, some.integers()),
        some.builds(Event, some.integers() | some.none() | some.booleans(), KINDS, TEXTS, TEXTS, DATA),
    )
)
def test_an_event_that_is_none_is_rejected(one: Any) -> None:
    """Whatever a source gives, what goes on is of the contract."""
    found = judged(one)
    assert isinstance(found, Event | Rejected | Unknown)
    if isinstance(found, Event):
        assert (found.subject, str, int) == (found.data["contact_id"], type(found.id), type(found.time))
        assert "customer_ref" not in found.data
        assert orjson.dumps([found.id, found.data])
    elif isinstance(found, Rejected):
        assert (found.reason in RejectedRecord.REASONS, type(found.raw)) == (True, bytes)
        assert orjson.dumps([found.detail, found.path, found.line])
    else:
        assert orjson.dumps(found.word)


def test_what_a_source_refuses_is_told_as_it_says() -> None:
    """With the line; a detail that is a page is cut."""
    assert Rejected("bad_value", "no time", b"a line", 7) == judged(Rejected("bad_value", "no time", b"a line", 7))
    assert "x" * 500 == getattr(judged(Rejected("bad_value", "x" * 10_000, b"", 1)), "detail", None)


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        (Event(AT, "contact.offered", "c1", "e1", {"contact_id": "c1", "customer_ref": "+49 30 5550100"}), "customer_ref"),
        (Event(True, "contact.offered", "c1", "e1", {"contact_id": "c1"}), "number of milliseconds"),
        (Event(AT, "contact.offered", "c1", "e1\ud800", {"contact_id": "c1"}), "is none"),
    ],
    ids=["a customer who is no pseudonym", "a time that is yes", "half a character"],
)
def test_an_event_that_must_not_go_on_is_refused(event: Event, detail: str) -> None:
    """A source gives customers as it knows them; what comes as a pseudonym might be a number, which no topic may hold."""
    event.data.update(queue="q", channel="call")
    found = judged(event)
    assert isinstance(found, Rejected)
    assert ("bad_value", True) == (found.reason, detail in found.detail)
    assert "5550100" not in found.detail
