"""A line of `VENDORS` is all that a translator needs; one that has a fault takes nobody else down."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.config.yaml import parse
from stream.intake.webhooks.declared import Declared, read_gateway
from stream.intake.webhooks.gateway import translated
from stream.intake.webhooks.posts import as_firehose
from stream.intake.webhooks.vendors import MEBIBYTE, VENDORS
from stream.sources.records import Lines, Prepared, Rejected

DOCS = Path(__file__).parents[3] / "docs" / "sources"


def declared(name: str) -> Declared:
    """The source of a vendor, as a file says it."""
    text = f"version: 1\npublic_url: https://x\nsources: {{{name}: {{secret_env: S}}}}"
    return read_gateway(parse(text, "gateway.yaml"), environ={"S": "s"}).sources[0]


@pytest.mark.parametrize("name", VENDORS)
@given(st.binary())
def test_no_record_whatever_raises(name: str, raw: bytes) -> None:
    """Of any vendor; nor does its translator have a fault."""
    assert not any(isinstance(one, Rejected) and "failed with" in one.detail for one in translated(declared(name), raw))


def test_paths_are_the_vendors_own_and_the_page_names_each() -> None:
    """So that `sources: {NAME: ...}` suffices."""
    assert [f"/{name}" for name in VENDORS] == [one.path for one in VENDORS.values()]
    page = (DOCS / "webhooks.md").read_text(encoding="utf-8")
    assert [] == [name for name in VENDORS if f"| `{name}` |" not in page]


def test_every_gateway_yaml_of_the_documentation_is_read() -> None:
    """Each vendor that signs has one on its page, with all keys of its mapping; secrets in files are taken for ones of the environment."""
    found: set[str] = set()
    for page in DOCS.glob("*.md"):
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            text = re.sub(r"secret_file: \S+", "secret_env: ANY", dedent(block))
            if "\nsources:" in text:
                names = re.findall(r"(?:secret|token)_env: (\w+)", text)
                found |= {one.name for one in read_gateway(parse(text, page.name), environ=dict.fromkeys(names, "s")).sources}
    assert {"cloudevents", "chatwoot", "genesys-cloud", "intercom", "twilio-taskrouter", "zammad", "zendesk"} <= found


def test_a_batch_of_firehose_as_large_as_its_page_says_is_taken() -> None:
    """Base64 and the envelope of many small records included, by the gateway and by the proxy of the example."""
    [size] = re.findall(r"a size of at most (\d+) MiB", (DOCS / "amazon-connect.md").read_text(encoding="utf-8"))
    [proxy] = re.findall(r"client_max_body_size (\d+)m;", (DOCS / "webhooks.md").read_text(encoding="utf-8"))
    record = {"data": b64encode(b"x" * 400).decode()}
    batch = {"requestId": "r-1", "timestamp": 1, "records": [record] * (int(size) * MEBIBYTE // 400)}
    largest = {one.largest for name, one in VENDORS.items() if one.split is as_firehose}
    assert {int(proxy) * MEBIBYTE} == largest
    assert len(json.dumps(batch, separators=(",", ":"))) < min(largest)


def test_a_translator_with_a_fault_sets_the_record_aside() -> None:
    """It would fail on it again."""

    def faulty(lines: Iterable[bytes]) -> Lines:
        raise KeyError(next(iter(lines)))

    source = replace(declared("cloudevents"), prepared=Prepared(faulty))
    [found] = translated(source, b"secret")
    assert Rejected("undecodable", "the translator of cloudevents failed with KeyError", b"secret", 0) == found
