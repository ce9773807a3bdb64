"""Schemas by their id: out of files, or of a schema registry by its HTTP interface (Confluent's, Karapace, Apicurio's compatible one).

What was read once is kept. Where the registry is away that is `PartMissing`, and nothing is lost; where it does not have the id, or what
it has is no schema, the record is rejected.
"""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson

from stream.config.secrets import read_secret
from stream.config.yaml import Item, Section
from stream.errors import PartMissing, RejectedRecord
from stream.intake.protoc import NEEDED, compiled
from stream.intake.straight import STRAIGHT
from stream.sources.topic.schemas import Avro, Json, Protobuf, Schema

TIMEOUT: Final = 10.0
LARGEST: Final = 4 * 1024 * 1024
UNREADABLE: Final = (OSError, ValueError, HTTPException, RecursionError)
"""What reading an answer raises that is none, or not of HTTP, or no JSON."""
ABSENT_FOR: Final = 60.0
"""How long (s) an id that the registry does not have is not asked for again: a topic full of other bytes must not flood it."""
MOST_ABSENT: Final = 10_000
MOST_REFERENCES: Final = 200
KEYS: Final = ("url", "username", "password_env", "password_file", "token_env", "token_file")
ACCEPT: Final = "application/vnd.schemaregistry.v1+json, application/json"
NOT_FOUND: Final = range(40_400, 40_500)
"""What a registry says in `error_code` of an id, a subject or a version that it does not have."""


@dataclass(slots=True)
class Text:
    """A schema as it is written. references: name -> the schema under it, in the order in which they need each other."""

    kind: str
    content: str
    references: dict[str, str] = field(default_factory=dict)


class Registry:
    """A schema registry at an address."""

    def __init__(self, section: Section) -> None:
        """Read where it is. Raises DeclarationError or WrongUse."""
        section.only(*KEYS)
        self._url = section.text("url").rstrip("/")
        parts = urlsplit(self._url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise section.error("url takes an address without user and password, for example https://registry.example.com:8081", "url")
        self._headers = {"Accept": ACCEPT}
        if "username" in section:
            name = f"{section.text('username')}:{read_secret(section, 'password')}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(name.encode()).decode()}"
        elif "token_env" in section or "token_file" in section:
            self._headers["Authorization"] = f"Bearer {read_secret(section, 'token')}"

    def schema(self, number: int) -> Text | None:
        """The schema of an id with all that it refers to; None where there is none. Raises PartMissing, ValueError."""
        found = self._get(f"/schemas/ids/{number}")
        if found is None:
            return None
        references: dict[str, str] = {}
        self._refer(found, references, 0)
        return Text(str(found.get("schemaType") or "AVRO"), _content(found), references)

    def _refer(self, schema: dict[str, Any], known: dict[str, str], depth: int) -> None:
        listed = schema.get("references") or []
        for one in listed if isinstance(listed, list) else []:
            try:
                name, subject, version = str(one["name"]), str(one["subject"]), int(one["version"])
            except (KeyError, TypeError, ValueError):
                raise ValueError("a reference without name, subject and version") from None
            if name in known:
                continue
            if len(known) >= MOST_REFERENCES or depth >= MOST_REFERENCES:
                raise ValueError("more references than any schema has")
            found = self._get(f"/subjects/{quote(subject, safe='')}/versions/{version}")
            if found is None:
                raise ValueError(f"the reference {name} is not in the registry")
            self._refer(found, known, depth + 1)
            known[name] = _content(found)

    def _get(self, path: str) -> dict[str, Any] | None:
        request = urllib.request.Request(self._url + path, headers=self._headers)  # noqa: S310 - http or https, as was looked at
        try:
            with STRAIGHT.open(request, timeout=TIMEOUT) as answer:
                found = json.loads(answer.read(LARGEST))
        except urllib.error.HTTPError as refused:
            with refused:
                if _lacks(refused):
                    return None
                raise PartMissing(f"The schema registry at {self._url} answers {refused.code}: check its address and the rights.") from None
        except UNREADABLE as refused:
            why = getattr(refused, "reason", refused)
            raise PartMissing(f"No schema registry answers at {self._url} ({why}).") from None
        if not isinstance(found, dict):
            raise PartMissing(f"What answers at {self._url} is no schema registry.")
        return found


def _lacks(refused: urllib.error.HTTPError) -> bool:
    """Whether it is a registry that says no; a 404 of anything else tells that the address is wrong."""
    try:
        said = json.loads(refused.read(LARGEST))
    except UNREADABLE:
        return False
    return isinstance(said, dict) and said.get("error_code") in NOT_FOUND


def _content(found: dict[str, Any]) -> str:
    content = found.get("schema")
    if not isinstance(content, str):
        raise ValueError("an answer without a schema")  # noqa: TRY004 - it is the registry's answer that is wrong
    return content


class Schemas:
    """The schemas of a mapping by id, read when they are first asked for."""

    def __init__(self, files: dict[int, Item], registry: Registry | None, home: Path) -> None:
        """`files`: of the mapping, relative to `home`. Raises WrongUse or DeclarationError where one cannot be read."""
        self._registry = registry
        self._known: dict[int, Schema] = {number: from_file(item, home) for number, item in files.items()}
        self._refused: dict[int, tuple[float, str]] = {}

    def __call__(self, number: int) -> Schema:
        """The schema of an id. Raises RejectedRecord where there is none, PartMissing where the registry is away."""
        known = self._known.get(number)
        if known is not None:
            return known
        until, why = self._refused.get(number, (0.0, ""))
        if time.monotonic() >= until:
            why = self._ask(number)
            if not why:
                return self._known[number]
            if len(self._refused) >= MOST_ABSENT:
                self._refused.clear()
            self._refused[number] = (time.monotonic() + ABSENT_FOR, why)
        raise RejectedRecord("undecodable", why)

    def _ask(self, number: int) -> str:
        """Ask the registry; why it is no use, or "" where the schema is known now."""
        if self._registry is None:
            return f"the schema {number} is not among schemas of the mapping"
        try:
            text = self._registry.schema(number)
            if text is None:
                return f"the schema {number} is not in the registry"
            self._known[number] = made(text)
        except ValueError as refused:
            return f"the schema {number} cannot be used: {refused}"
        except ModuleNotFoundError:
            raise PartMissing(NEEDED) from None
        return ""


def made(text: Text) -> Schema:
    """A schema that is ready to read. Raises ValueError where it is none."""
    if text.kind == "AVRO":
        return Avro(_json(text.content), [_json(one) for one in text.references.values()])
    if text.kind == "PROTOBUF":
        return Protobuf(compiled(MAIN, {**text.references, MAIN: text.content}), MAIN)
    if text.kind == "JSON":
        return Json()
    raise ValueError(f"its kind is {text.kind}")


MAIN: Final = "answerable_main.proto"


def from_file(item: Item, home: Path, message: str | None = None) -> Schema:
    """The schema in a file: .avsc, .proto, or compiled descriptors. Raises DeclarationError where there is none."""
    path = home / item.text
    try:
        content = path.read_bytes()
        if path.suffix == ".proto":
            files = {str(one.relative_to(path.parent)): one.read_text(encoding="utf-8") for one in path.parent.rglob("*.proto")}
            return Protobuf(compiled(path.name, files), path.name, message)
        if path.suffix in {".avsc", ".json"}:
            return Avro(_json(content.decode()))
        if message is not None:
            return Protobuf(content, "", message)
    except OSError as refused:
        raise item.error(f"{item.text} cannot be read ({refused.strerror}): check its name, beside the mapping") from None
    except ValueError as refused:
        raise item.error(f"{item.text} is no schema that can be used: {refused}") from None
    except ModuleNotFoundError:
        raise PartMissing(NEEDED) from None
    raise item.error(f"{item.text} is no schema by its name: .avsc of Avro, .proto of Protobuf")


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.strip().strip('"')  # the name of a type alone, as a registry may hold it
