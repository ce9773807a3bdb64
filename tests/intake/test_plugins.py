"""A source of a third party works without a change here, and what it breaks is one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.config.settings import Settings, load
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.intake.kafka import apply_topics
from stream.intake.plugins import judged
from stream.sources.records import Rejected, Unknown
from tests.docs.pages import ROOT, fences
from tests.parts.listening import metrics, plain, published, until
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


def installed(home: Path, code: str | None = None, points: dict[str, str] | None = None, name: str = "answerable-acme") -> Path:
    """A directory as pip leaves one: the module of the page, or `code`, with what says which entry points it has."""
    (python,), (toml,) = fences(PAGE, "python"), fences(PAGE, "toml")
    project = tomllib.loads(textwrap.dedent(toml))["project"]
    (home / "acme_calls.py").write_text(textwrap.dedent(python) if code is None else code)
    info = home / f"{name.replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {project['version']}\n")
    found = points or project["entry-points"]["stream.sources"]
    (info / "entry_points.txt").write_text("[stream.sources]\n" + "".join(f"{key} = {value}\n" for key, value in found.items()))
    return home


def answerable(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command, where the package is installed."""
    environment = {**os.environ, "PYTHONPATH": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "stream", *words], capture_output=True, text=True, env=environment, timeout=120, check=False
    )


def test_the_page_can_be_followed(broker: Broker, tmp_path: Path) -> None:
    """Its package is known by its name: a file is replayed and published, a log followed, and all three say the same."""
    home, log = installed(tmp_path), tmp_path / "calls.log"
    log.write_text(LOG)
    done = answerable(home, "replay", "--source", "acme-calls", str(log), "--report", "json")
    assert 0 == done.returncode, done.stderr
    whole = next(one["measures"] for one in json.loads(done.stdout)["scopes"] if not one["scope"])
    assert (2, 1, 1) == (whole["offered"], whole["answered"], whole["waiting"])

    sent: list[list[Event]] = []
    for _ in range(2):
        settings: Settings = load(environ={}, bootstrap_servers=broker.bootstrap, topic_prefix=f"p{uuid4().hex[:8]}-", partitions=2)
        apply_topics(settings)
        place = ("--bootstrap-servers", settings.bootstrap_servers, "--prefix", settings.topic_prefix)
        if not sent:
            done = answerable(home, "publish", "--source", "acme-calls", "--no-marks", str(log), *place)
            assert 0 == done.returncode, done.stderr
        else:
            _followed(home, log, place)
            assert 1 == len(records_of(settings, ("dead-letters",)))
        sent.append(published(settings))
    assert (4, plain(sent[0])) == (len(sent[0]), plain(sent[1]))


def _followed(home: Path, log: Path, place: tuple[str, ...]) -> None:
    """Follow a log into which a line that is none is written afterwards."""
    words = ["listen", "--source", "acme-calls", "--follow", str(log), "--state", str(home / "state"), "--web-port", "0", "--json", *place]
    call = [sys.executable, "-m", "stream", *words]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(home)})
    try:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["web"]
        with log.open("a") as file:
            file.write("{}\n")
        until(lambda: metrics(address)["cc_source_lines_total"] == len(LINES) + 1, "read the log")
        process.terminate()
        assert 0 == process.wait(120)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


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
    home, log = installed(tmp_path, code), tmp_path / "calls.log"
    log.write_text(LOG)
    done = answerable(home, "replay", "--source", "acme-calls", str(log))
    start = "Error: The source acme-calls of answerable-acme 1.0.0 "
    assert (exit_code, 1) == (done.returncode, len(done.stderr.splitlines())), done.stderr
    assert (True, True) == (done.stderr.startswith(start), sentence in done.stderr), done.stderr


def test_names_that_are_taken(tmp_path: Path) -> None:
    """Ours go before others'; one name in two packages is refused; one that is nowhere is answered with those that are there."""
    home = installed(tmp_path, points={"events": "acme_calls:SOURCE", "acme-calls": "acme_calls:SOURCE"})
    other = tmp_path / "other"
    other.mkdir()
    installed(other, name="answerable-acme-too")
    events = tmp_path / "events.jsonl"
    events.write_bytes((ROOT / "topics/examples/valid/contact-events").glob("*.json").__next__().read_bytes().replace(b"\n", b" ") + b"\n")
    ours = answerable(home, "replay", "--source", "events", str(events))
    assert 0 == ours.returncode, ours.stderr
    several = answerable(Path(f"{home}{os.pathsep}{other}"), "replay", "--source", "acme-calls", str(events))
    says = "The source acme-calls is in answerable-acme 1.0.0 and answerable-acme-too 1.0.0: uninstall all of them but one."
    assert (2, f"Error: {says}\n") == (several.returncode, several.stderr)
    nowhere = answerable(home, "replay", "--source", "acme", str(events))
    assert (2, True) == (nowhere.returncode, "'acme-calls'" in nowhere.stderr)


DATA = some.dictionaries(
    some.sampled_from(["contact_id", "queue", "channel", "agent_id", "customer", "wait_ms", "x"]), some.integers() | some.text()
)
KINDS = some.sampled_from(["contact.offered", "contact.ended", "clock.marked", "nonsense"]) | some.integers()


@given(
    some.one_of(
        some.none(),
        some.builds(Unknown, some.text()),
        some.builds(Event, some.integers() | some.none(), KINDS, some.text(), some.text(), DATA),
    )
)
def test_an_event_that_is_none_is_rejected(one: Any) -> None:
    """Whatever a source gives, what goes on is of the contract."""
    found = judged(one)
    assert isinstance(found, Event | Rejected | Unknown)
    if isinstance(found, Event):
        assert (found.subject, str) == (found.data["contact_id"], type(found.id))
