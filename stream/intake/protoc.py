"""Compiles .proto files with the compiler that grpcio-tools holds, in a directory of its own that is removed."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from stream.errors import PartMissing, with_extra
from stream.intake.well_known_protos import BUILT_IN

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

ABOUT_A_FILE: Final = re.compile(r"[^\s\]]+\.proto:.*")
"""What the compiler says of a file, without what its log puts before it."""
COMPILED: Final = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}")
"""A FileDescriptorProto in base64; a .proto file of one word says nothing."""
SECONDS: Final = 60.0
NEEDED: Final = f"This needs the readers of schemas: {with_extra('schemas')}."


def compiled(name: str, files: Mapping[str, str]) -> bytes:
    """A FileDescriptorSet of a file with its imports, all given by name: as text, or as some serializers register them, compiled in base64.

    Files of Google's compiler and of BUILT_IN need not be given; one that is given goes before the one that is built in.

    Raises ValueError where they do not compile, PartMissing where the compiler is not installed.
    """
    if find_spec("grpc_tools") is None:
        raise PartMissing(NEEDED)
    from google.protobuf import descriptor_pb2  # noqa: PLC0415 - it comes with the compiler, an extra that not everybody installs

    with tempfile.TemporaryDirectory(prefix="answerable-proto-") as place:
        root, brought = Path(place) / "in", Path(place) / "built-in"
        root.mkdir()
        for one in BUILT_IN.keys() - files.keys():
            (brought / one).parent.mkdir(parents=True, exist_ok=True)
            (brought / one).write_text(BUILT_IN[one], encoding="utf-8")
        ready = descriptor_pb2.FileDescriptorSet()
        for one, text in files.items():
            parts = PurePosixPath(one)
            if parts.is_absolute() or ".." in parts.parts or not parts.parts or "\\" in one:
                raise ValueError(f"{one!r} is no name of a file beside others")
            if COMPILED.fullmatch(text):
                ready.file.append(_descriptor(one, text))
                continue
            try:
                (root / parts).parent.mkdir(parents=True, exist_ok=True)
                (root / parts).write_text(text, encoding="utf-8")
            except OSError:
                raise ValueError("names of files that cannot stand beside each other") from None
        out, given = Path(place) / "set", Path(place) / "given"
        given.write_bytes(ready.SerializeToString())
        call = [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"-I{root}",
            f"-I{brought}",
            *([f"--descriptor_set_in={given}"] if ready.file else []),
            f"--descriptor_set_out={out}",
            "--include_imports",
            name,
        ]
        try:
            done = subprocess.run(call, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603 - our own words
        except subprocess.TimeoutExpired:
            raise ValueError("it takes too long to compile") from None
        if done.returncode or not out.exists():
            said = ABOUT_A_FILE.search(f"{done.stderr}\n{done.stdout}".replace(f"{root}/", ""))
            raise ValueError(said[0].rstrip(".") if said else "it does not compile")
        return out.read_bytes()


def _descriptor(name: str, text: str) -> FileDescriptorProto:
    """A compiled file under the name by which it is imported. Raises ValueError where it is none."""
    from google.protobuf import descriptor_pb2  # noqa: PLC0415 - as above
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - as above

    try:
        found = descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(text, validate=True))
    except (ValueError, DecodeError):
        raise ValueError(f"{name} is neither a .proto file nor a compiled one") from None
    found.name = name
    return found
