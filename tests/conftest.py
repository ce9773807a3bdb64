"""What all tests share: the real parts, and the rule that nothing is skipped unseen in CI."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from stream.embedded import debian
from stream.embedded.broker import Broker
from stream.errors import PartMissing

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
"""Machines are noisy: how long an example takes proves nothing."""

ROOT = Path(__file__).parent.parent
SHARED_ABSENT = "the reference data are not beside this repository"


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real Kafka for the whole run: give topics and groups names of your own."""
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory of the reference data, which are not the project's to hand out."""
    path = ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip(f"SKIPPED: {SHARED_ABSENT} ({path})")
    return path


def part(name: str) -> Path:
    """A program of Debian's packages; skips loudly where it is not to be had."""
    try:
        return debian.find(name)
    except PartMissing as absent:
        pytest.skip(f"SKIPPED: {absent}")


@pytest.fixture(scope="session")
def prometheus_binary() -> Path:
    """Prometheus itself."""
    return part("prometheus")


@pytest.fixture(scope="session")
def promtool() -> Path:
    """Prometheus' checker of rules and metrics."""
    return part("promtool")


@pytest.fixture(scope="session")
def alertmanager_binary() -> Path:
    """Alertmanager itself."""
    return part("prometheus-alertmanager")


@pytest.fixture(scope="session")
def amtool() -> Path:
    """Alertmanager's checker of its configuration."""
    return part("amtool")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A browser: call it with --headless --no-sandbox."""
    return part("chromium")


def pytest_configure() -> None:
    """A run that is told to end (SIGTERM) ends in order, as with Ctrl-C, so that what it started ends too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def in_ci() -> bool:
    """Whether this is a run in CI, where a test that is skipped has not been run, and so failed."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skip is a failure, but for tests marked `optional` and those of the reference data."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and in_ci() and item.get_closest_marker("optional") is None:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if SHARED_ABSENT not in reason:
            report.outcome = "failed"
            report.longrepr = f"In CI nothing is skipped: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI a whole file that skips itself is a failure too."""
    report = yield
    if report.outcome == "skipped" and in_ci():
        report.outcome = "failed"
        report.longrepr = f"In CI nothing is skipped: {report.longrepr}"
    return report
