"""gateway.yaml is read strictly, and lets nobody in by mistake."""

from __future__ import annotations

import pytest

from stream.config.yaml import parse
from stream.errors import DeclarationError, WrongUse
from stream.intake.webhooks.declared import Gateway, read_gateway

ENVIRON = {"S": "one", "OLD": "two"}


def read(text: str) -> Gateway:
    """The gateway of a file of this text."""
    return read_gateway(parse(f"version: 1\n{text}", "gateway.yaml"), environ=ENVIRON)


def test_a_source_is_a_vendor_under_its_own_name_or_another() -> None:
    """Each with its path, its secrets and its limits."""
    found = read(
        "sources:\n  cloudevents: {secret_env: S}\n"
        "  emea: {vendor: genesys-cloud, secret_env: S, previous_secret_env: OLD, path: /g/1, requests_per_second: 5, largest_body: 10,"
        " origin: emea, queues: {q: billing}}\n"
    )
    assert ("127.0.0.1", 6068, "") == (found.host, found.port, found.public_url)
    assert [("cloudevents", "/cloudevents", (b"one",), 2000.0, 2**20), ("emea", "/g/1", (b"one", b"two"), 5.0, 10)] == [
        (one.name, one.path, one.secrets, one.rate, one.largest) for one in found.sources
    ]


@pytest.mark.parametrize("address", ["0.0.0.0:80", "10.0.0.1:6068", "[::]:6068", "example.org:1"])
def test_off_this_machine_everybody_shows_a_secret(address: str) -> None:
    """Unsigned is for tries on loopback only, and has to be written."""
    read(f"listen: '{address}'\nsources: {{cloudevents: {{secret_env: S}}}}")
    with pytest.raises(DeclarationError, match=r"gateway.yaml:3: cloudevents is unsigned, so anybody could post: listen on 127.0.0.1, or"):
        read(f"listen: '{address}'\nsources: {{cloudevents: {{unsigned: true}}}}")
    assert () == read("sources: {cloudevents: {unsigned: true}}").sources[0].secrets


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sources: {}", "sources names nobody"),
        ("sources: {cloudevents: {}}", "needs secret_env .* or secret_file"),
        ("sources: {cloudevents: {secrt_env: KEY}}", "needs secret_env .* one of them: did you mean it by secrt_env[?]"),
        ("sources: {cloudevents: {unsigned: true, secret_env: S}}", "contradict each other"),
        ("sources: {cloudevent: {secret_env: S}}", "there is no vendor cloudevent: did you mean cloudevents"),
        ("sources: {A: {vendor: cloudevents, secret_env: S}}", "small letters"),
        ("sources: {cloudevents: {secret_env: S, queues: {a: b}}}", "has no key queues"),
        ("sources: {cloudevents: {secret_env: S}, b: {vendor: cloudevents, secret_env: S, path: /cloudevents}}", "is taken already"),
        ("sources: {cloudevents: {secret_env: S, path: x}}", "path begins with a slash"),
        ("sources: {cloudevents: {secret_env: S, requests_per_second: 0}}", "at least 1"),
        ("sources: {cloudevents: {secret_env: S, largest_body: 0}}", "between 1 and"),
        ("listen: 6068\nsources: {cloudevents: {secret_env: S}}", "listen takes an address and a port"),
        ("listen: 127.0.0.1:99999\nsources: {cloudevents: {secret_env: S}}", "listen takes an address and a port"),
        ("public_url: example.org\nsources: {cloudevents: {secret_env: S}}", "write https://"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, problem: str) -> None:
    """With its line."""
    with pytest.raises(DeclarationError, match=problem):
        read(text)


def test_a_secret_that_is_not_there_ends_it() -> None:
    """Before anything listens."""
    with pytest.raises(WrongUse, match="The environment variable NONE is not set"):
        read("sources: {cloudevents: {secret_env: NONE}}")
