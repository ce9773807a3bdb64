"""Compiles .proto files with the compiler that grpcio-tools holds, in a directory of its own that is removed."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Final

from stream.errors import PartMissing

ABOUT_A_FILE: Final = re.compile(r"[^\s\]]+\.proto:.*")
"""What the compiler says of a file, without what its log puts before it."""
SECONDS: Final = 60.0
NEEDED: Final = "This needs the readers of schemas: pip install 'answerable[schemas]'."


def compiled(name: str, files: Mapping[str, str]) -> bytes:
    """A FileDescriptorSet of a file with its imports, all given by name. Raises ValueError where they do not compile."""
    if find_spec("grpc_tools") is None:
        raise PartMissing(NEEDED)
    with tempfile.TemporaryDirectory(prefix="answerable-proto-") as place:
        root = Path(place) / "in"
        for one, text in files.items():
            parts = PurePosixPath(one)
            if parts.is_absolute() or ".." in parts.parts or not parts.parts or "\\" in one:
                raise ValueError(f"{one!r} is no name of a file beside others")
            (root / parts).parent.mkdir(parents=True, exist_ok=True)
            (root / parts).write_text(text, encoding="utf-8")
        out = Path(place) / "set"
        call = [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"-I{root}",
            f"--descriptor_set_out={out}",
            "--include_imports",
            str(root / name),
        ]
        try:
            done = subprocess.run(call, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603 - our own words
        except subprocess.TimeoutExpired:
            raise ValueError("it takes too long to compile") from None
        if done.returncode or not out.exists():
            said = ABOUT_A_FILE.search(f"{done.stderr}\n{done.stdout}".replace(f"{root}/", ""))
            raise ValueError(said[0].rstrip(".") if said else "it does not compile")
        return out.read_bytes()
