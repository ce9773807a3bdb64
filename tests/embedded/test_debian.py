"""Programs out of Debian's packages."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from stream.embedded import debian
from stream.errors import PartMissing


def test_a_program_that_is_not_installed_is_fetched_and_runs(tmp_path: Path) -> None:
    """With a list of installed packages that lacks it, a program is fetched, unpacked and runs, without root's help."""
    if not Path("/var/lib/dpkg/status").exists():
        pytest.skip("SKIPPED: this is no Debian, so nothing can be fetched from its packages")
    paragraphs = Path("/var/lib/dpkg/status").read_text().split("\n\n")
    status = tmp_path / "status"
    status.write_text("\n\n".join(each for each in paragraphs if not each.startswith("Package: prometheus-alertmanager\n")))
    path = debian.find("amtool", cache=tmp_path, system=False, status=status)
    again = debian.find("amtool", cache=tmp_path, system=False, status=tmp_path / "none")
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    assert (path, True) == (again, done.stdout.startswith("amtool, version"))


def test_a_program_that_is_installed_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What PATH has is taken, and nothing is fetched."""
    program = tmp_path / "promtool"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program == debian.find("promtool", cache=tmp_path / "cache")


def test_off_debian_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no apt, the reason names the program."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("apt-get") is None
    with pytest.raises(PartMissing, match="Install promtool first"):
        debian.find("promtool", cache=tmp_path)
