"""What a vendor posts, and how a body is split into the records that its translator reads.

Splitting knows the envelope only (a form, a list, Firehose's batch); what is in a record is the translator's. An envelope that is broken
never came from the vendor, so it is refused; a record that cannot be read goes to dead-letters.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_to_bytes

import orjson

MOST_FIELDS: Final = 200
"""Fields of a form."""
MODES: Final = {"application/cloudevents+json": b"{", "application/cloudevents-batch+json": b"["}
"""Modes of CloudEvents with the event in the body, by media type: with what the body begins."""
FIREHOSE_ID: Final = re.compile(r"[A-Za-z0-9-]{1,100}")


class Malformed(Exception):
    """The envelope is not what the vendor sends."""


class HalfSign(Malformed):
    r"""It is JSON by its grammar, but nothing can be written of it: a text in it holds a lone surrogate, such as `"\ud83d"`."""


@dataclass(frozen=True, slots=True)
class Post:
    """One request. headers: their names in any case; query: as it was sent; url: as the vendor sees it, with the query."""

    headers: Mapping[str, str]
    query: str
    url: str
    body: bytes

    def kind(self) -> str:
        """The media type, without its parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().casefold()


@dataclass(frozen=True, slots=True)
class Delivery:
    """The records of a request. request: the id that the answer has to repeat, where the vendor wants that."""

    records: list[bytes] = field(default_factory=list)
    request: str = ""


Split = Callable[[Post], Delivery]
"""Raises Malformed."""


def as_json(post: Post) -> Delivery:
    """One object, or a list of them. A body with half a sign is one record as a whole, for its translator to set aside."""
    try:
        found = _loads(post.body)
    except HalfSign:
        return Delivery([post.body])
    return Delivery([post.body] if isinstance(found, dict) else _each(found))


def as_form_or_json(post: Post) -> Delivery:
    """The fields of a form as one object of texts; or JSON."""
    if post.kind() != "application/x-www-form-urlencoded":
        return as_json(post)
    return Delivery([orjson.dumps(dict(form(post.body)))])


def form(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form."""
    try:
        found = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Malformed from None
    if not found or any("\ud800" <= sign <= "\udfff" for pair in found for text in pair for sign in text):
        raise Malformed
    return found


def as_cloud_events(post: Post) -> Delivery:
    """CloudEvents in any mode of the HTTP binding (1.0): structured and batched by the media type, else binary."""
    kind = post.kind()
    if kind in MODES:
        if post.body.lstrip()[:1] != MODES[kind]:
            raise Malformed
        return as_json(post)
    if kind.startswith("application/cloudevents"):
        raise Malformed  # in a format that is not JSON
    return Delivery([_from_binary(post, kind)])


def _from_binary(post: Post, kind: str) -> bytes:
    """The structured event of the ce-* headers and the data."""
    event: dict[str, Any] = {
        name[3:].casefold(): _header_text(value) for name, value in post.headers.items() if name[:3].casefold() == "ce-"
    }
    if not {"specversion", "type", "source", "id"} <= event.keys() or "data" in event or "data_base64" in event:
        raise Malformed
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise Malformed
    event["data"] = _loads(post.body)
    try:
        return orjson.dumps(event)
    except TypeError:  # a lone surrogate
        raise Malformed from None


def _header_text(value: str) -> str:
    """A header's value: percent-encoded UTF-8, in quotes where it has blanks."""
    plain = value.strip()
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        plain = re.sub(r"\\(.)", r"\1", plain[1:-1])
    try:
        return unquote_to_bytes(plain.encode(errors="surrogateescape")).decode()
    except UnicodeDecodeError:
        raise Malformed from None


def as_firehose(post: Post) -> Delivery:
    """A batch of Amazon Data Firehose's HTTP endpoint delivery: `requestId` and `records` with their data in base64."""
    found = _loads(post.body)
    if not isinstance(found, dict):
        raise Malformed
    request, records = found.get("requestId"), found.get("records")
    if not isinstance(request, str) or not FIREHOSE_ID.fullmatch(request) or not isinstance(records, list):
        raise Malformed
    if (told := post.headers.get("X-Amz-Firehose-Request-Id")) is not None and told != request:
        raise Malformed
    try:
        return Delivery([b64decode(one["data"], validate=True) for one in _objects(records)], request)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise Malformed from None


def _loads(body: bytes) -> Any:
    """What the body says. Raises HalfSign where only half a sign keeps it from being read, else Malformed."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise (HalfSign if _is_json(body) else Malformed) from None


def _is_json(body: bytes) -> bool:
    """Whether it is an object or a list of objects to a reader that takes half signs."""
    try:
        found = json.loads(body.decode(), parse_constant=_no_json)
    except (ValueError, RecursionError):
        return False
    return all(isinstance(one, dict) for one in (found if isinstance(found, list) else [found]))


def _no_json(word: str) -> None:
    """NaN and infinities, which `json` takes."""
    raise ValueError(word)


def _objects(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Malformed
    return found


def _each(found: Any) -> list[bytes]:
    """The objects of a list, each as bytes of its own. What is nested deeper than can be written is malformed."""
    try:
        return [orjson.dumps(one) for one in _objects(found)]
    except TypeError:
        raise Malformed from None
