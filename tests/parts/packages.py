"""Files out of packages of npm: one version each, checked against its digest and kept in the cache."""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from stream.embedded.jars import cache_directory

SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Package:
    """A version of a package; sha512: the digest that npm calls its integrity, in base 64."""

    name: str
    version: str
    sha512: str

    def read(self, path: str) -> bytes:
        """Give a file of the package; skips loudly where the package is not to be had."""
        with tarfile.open(fileobj=io.BytesIO(self._archive().read_bytes())) as archive:
            file = archive.extractfile(f"package/{path}")
            assert file is not None, f"{path} is no file of {self.name}"
            return file.read()

    def _archive(self) -> Path:
        kept = cache_directory() / "npm" / f"{self.name.replace('/', '-')}-{self.version}.tgz"
        if not (kept.exists() and self._is(kept)):
            self._fetch(kept)
        return kept

    def _is(self, archive: Path) -> bool:
        return base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == self.sha512

    def _fetch(self, kept: Path) -> None:
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip(f"SKIPPED: npm, which fetches {self.name}, is not installed")
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as place:
            command = [npm, "pack", "--silent", f"{self.name}@{self.version}"]
            try:
                done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                pytest.skip(f"SKIPPED: npm has not fetched {self.name} within {SECONDS} s")
            if done.returncode != 0:
                pytest.skip(f"SKIPPED: npm cannot fetch {self.name}: {done.stderr.strip()}")
            (fetched,) = Path(place).glob("*.tgz")
            assert self._is(fetched), f"{self.name} {self.version} is not the package that was looked at: its digest differs"
            fetched.replace(kept)
