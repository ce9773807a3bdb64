"""Secrets come from the environment or from files, and a sentence says which is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.config.secrets import read_secret
from stream.config.yaml import parse
from stream.errors import DeclarationError, WrongUse


def test_a_secret_is_what_its_variable_or_its_file_holds(tmp_path: Path) -> None:
    """The blanks around it in a file are not meant."""
    file = tmp_path / "password"
    file.write_text("  s3cret\n")
    assert "s3cret" == read_secret(parse(f"password_file: {file}", "m.yaml"), "password", {})
    assert "s3cret" == read_secret(parse("password_env: PBX_PASSWORD", "m.yaml"), "password", {"PBX_PASSWORD": "s3cret"})


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """Neither, both, an unset variable, an empty file, no file."""
    (tmp_path / "empty").write_text("\n")
    for text in ("host: pbx", f"password_env: A\npassword_file: {tmp_path}"):
        with pytest.raises(DeclarationError, match=r"needs password_env .* or password_file"):
            read_secret(parse(text, "m.yaml"), "password", {})
    with pytest.raises(WrongUse, match=r"PBX_PASSWORD is not set: .* takes its password from it"):
        read_secret(parse("password_env: PBX_PASSWORD", "m.yaml"), "password", {})
    with pytest.raises(WrongUse, match="is empty"):
        read_secret(parse(f"password_file: {tmp_path / 'empty'}", "m.yaml"), "password", {})
    with pytest.raises(WrongUse, match=r"no file .*none: write the password into it, or name another one with password_file in m.yaml"):
        read_secret(parse(f"password_file: {tmp_path / 'none'}", "m.yaml"), "password", {})
    with pytest.raises(WrongUse, match=r"cannot be read \(Is a directory\): allow it, or name another password_file"):
        read_secret(parse(f"password_file: {tmp_path}", "m.yaml"), "password", {})
    (tmp_path / "odd").write_bytes(b"\xff")
    with pytest.raises(WrongUse, match="cannot be read, because it is no UTF-8 text: write the password into it"):
        read_secret(parse(f"password_file: {tmp_path / 'odd'}", "m.yaml"), "password", {})
