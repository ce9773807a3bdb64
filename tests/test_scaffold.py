"""What the project promises about itself: locks, license, make targets, the wheel."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stream import __version__
from stream.cli import COMMANDS

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_address(name: str) -> None:
    """Every requirement is pinned and hashed, and no index or other place of the network is named."""
    text = (ROOT / name).read_text()
    pinned = re.findall(r"^([a-z0-9][\w.-]*)==\S+.*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", text, re.MULTILINE)
    named = re.findall(r"^([a-z0-9][\w.-]*)", text, re.MULTILINE | re.IGNORECASE)
    assert (named, []) == (pinned, re.findall(r"https?://|--index|--find-links|file:", text))


STAND_IN = """\
#!{python}
import pathlib, signal, sys, time
def end(number, frame):
    pathlib.Path("ended").write_text(signal.Signals(number).name)
    sys.exit(128 + number)
signal.signal(signal.SIGINT, end)
signal.signal(signal.SIGTERM, end)
pathlib.Path("began").touch()
time.sleep(60)
"""


@pytest.mark.parametrize(("number", "whom", "failed"), [(signal.SIGTERM, os.kill, True), (signal.SIGINT, os.killpg, False)])
def test_who_ends_make_ends_the_demo(tmp_path: Path, number: signal.Signals, whom: Callable[[int, int], None], *, failed: bool) -> None:
    """A supervisor that ends what it started, and Ctrl-C, which the whole group hears: nothing goes on behind it."""
    stand_in = tmp_path / "answerable"
    stand_in.write_text(STAND_IN.format(python=sys.executable))
    stand_in.chmod(0o755)
    command = ["make", "-f", str(ROOT / "Makefile"), "-o", "setup", f"BIN={tmp_path}", "demo"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True) as made:
        _wait_for(tmp_path / "began")
        whom(made.pid, number)
        _, said = made.communicate(timeout=60)
    _wait_for(tmp_path / "ended")
    assert (signal.Signals(number).name, failed) == ((tmp_path / "ended").read_text(), "Error" in said or "Terminated" in said)


def _wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists() and (path.name == "began" or path.read_text()):
            return
        time.sleep(0.1)
    pytest.fail(f"{path.name} did not come")


def test_the_lock_holds_what_the_project_asks_for() -> None:
    """What pyproject.toml asks for is in the lock: both were changed together."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {
        "requirements.lock": declared["project"]["dependencies"],
        "requirements-dev.lock": [
            *declared["project"]["dependencies"],
            *declared["project"]["optional-dependencies"]["embedded"],
            *declared["project"]["optional-dependencies"]["rocksdb"],
            *declared["dependency-groups"]["dev"],
        ],
    }
    missing = [
        (lock, requirement)
        for lock, requirements in asked.items()
        for requirement in requirements
        if f"\n{re.split('[^A-Za-z0-9-]', requirement)[0].lower()}==" not in "\n" + (ROOT / lock).read_text()
    ]
    assert [] == missing


@pytest.mark.parametrize("name", ["aiokafka", "faust-streaming"])
def test_whose_internals_we_use_is_bound_to_the_series_that_we_tried(name: str) -> None:
    """No later series than that of the lock is installed, wherever the wheel goes."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for lock in LOCKS:
        (locked,) = re.findall(rf"^{name}==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
        major, minor = locked.split(".")[:2]
        assert f"{name}>={major}.{minor},<{major}.{int(minor) + 1}" in asked


def test_each_target_of_make_says_what_it_does() -> None:
    """`make` alone lists every public target with a line about it."""
    listed = subprocess.run(["make", "--no-print-directory", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    assert [
        "help",
        "setup",
        "demo",
        "test",
        "check",
        "bench",
        "faults",
        "truth",
        "laws",
        "week",
        "generate",
        "screenshots",
        "lock",
    ] == re.findall(r"^  make (\w+) +\S", listed, re.MULTILINE)


def test_an_installed_wheel_is_whole(tmp_path: Path) -> None:
    """The wheel has every command, the contract, the declarations and the broker's lock, and names its command and transport."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entries = archive.read(f"answerable-{__version__}.dist-info/entry_points.txt").decode()
    wanted = {
        *(f"{module.replace('.', '/')}.py" for module, _ in COMMANDS.values()),
        *(f"stream/_topics/{path.relative_to(ROOT / 'topics')}" for path in (ROOT / "topics").glob("*.yaml")),
        *("stream/_deploy/centre.yaml", "stream/_deploy/standards.yaml"),
        *("stream/py.typed", "stream/embedded/kafka.lock"),
    }
    assert set() == wanted - names
    assert "answerable = stream.__main__:main" in entries
    assert "[faust.transports]\nanswerable = stream.live.transport:Transport" in entries


def test_the_license_is_whole() -> None:
    """LICENSE is the Apache License 2.0 with its appendix."""
    text = (ROOT / "LICENSE").read_text()
    assert [True, True, True] == [each in text for each in ("Apache License", "END OF TERMS AND CONDITIONS", "APPENDIX")]
