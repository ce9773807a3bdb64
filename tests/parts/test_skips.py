"""The rule of tests/conftest.py that in CI nothing is skipped unseen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = """
import pytest
from tests.conftest import SHARED_ABSENT

def test_passes(): pass
def test_skips(): pytest.skip("no promtool here")
@pytest.mark.optional("a machine without IPv6 is common")
def test_may_skip(): pytest.skip("no IPv6 here")
def test_without_the_reference_data(): pytest.skip(SHARED_ABSENT)
@pytest.mark.xfail(reason="known")
def test_known(): assert False
"""


@pytest.mark.parametrize(("ci", "failed"), [("true", 1), ("", 0)])
def test_in_ci_a_skip_is_a_failure(tmp_path: Path, ci: str, failed: int) -> None:
    """In CI a skipped test fails, but for those marked optional and those of the reference data; elsewhere it is skipped."""
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    configuration = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-p", "no:cacheprovider", "-p", "tests.conftest"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *configuration, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "CI": ci},
    )
    counted = {word: int(number) for number, word in re.findall(r"(\d+) (failed|passed|skipped|xfailed)", done.stdout.splitlines()[-1])}
    expected = {"failed": failed, "passed": 1, "skipped": 3 - failed, "xfailed": 1}
    assert {word: number for word, number in expected.items() if number} == counted, done.stdout
