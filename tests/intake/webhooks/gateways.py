"""How the tests run a gateway: a process of its own, posted to by real HTTP."""

from __future__ import annotations

import hmac
import http.client
import json
import os
import subprocess
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from stream.config.settings import Settings
from stream.intake.webhooks.posts import Post
from tests.intake import listening
from tests.parts.topics import records_of

SECRET: Final = "a secret of the tests"
ENVIRONMENT: Final = {**os.environ, "SECRET": SECRET}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Gateway:
    """A running gateway. process: its; host, port: where it listens; pages: where /metrics is."""

    process: subprocess.Popen[bytes]
    address: str
    pages: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is connected yet."""
        self.connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=listening.PATIENCE)

    def post(self, path: str, body: bytes, headers: Mapping[str, str], method: str = "POST") -> Answer:
        """One request; the connection is kept for the next one."""
        return post(self.connection, path, body, headers, method)

    def figures(self) -> dict[str, float]:
        """The `cc_source_*` samples, without their prefix."""
        with urllib.request.urlopen(f"{self.pages}/metrics") as answer:  # noqa: S310 - our own address
            lines = answer.read().decode().splitlines()
        found = (line.removeprefix("cc_source_").rpartition(" ") for line in lines if line.startswith("cc_source_"))
        return {name: float(value) for name, _, value in found}


def post(connection: http.client.HTTPConnection, path: str, body: bytes, headers: Mapping[str, str], method: str = "POST") -> Answer:
    """One request over a connection."""
    connection.request(method, path, body, dict(headers))
    answer = connection.getresponse()
    return Answer(answer.status, {name.casefold(): value for name, value in answer.getheaders()}, answer.read())


def command(settings: Settings, directory: Path, sources: str, *, top: str = "", port: int = 0) -> list[str]:
    """The call of a gateway for `sources`, lines of YAML; each may name its secret as the variable SECRET."""
    mapping = directory / "gateway.yaml"
    lines = "\n".join(f"  {line}" for line in sources.strip().splitlines())
    mapping.write_text(f"version: 1\nlisten: 127.0.0.1:{port}\n{top}\nsources:\n{lines}\n")
    return listening.command(settings, "webhooks", directory / "state.json", "--mapping", mapping)


@contextmanager
def gateway(
    settings: Settings, directory: Path, sources: str, *, top: str = "", port: int = 0, environment: Mapping[str, str] | None = None
) -> Iterator[Gateway]:
    """A running gateway, as `command` calls it."""
    call = command(settings, directory, sources, top=top, port=port)
    with listening.ready(call, SECRET=SECRET, **(environment or {})) as (process, told):
        running = Gateway(process, told["address"], told["web"])
        with closing(running.connection):
            yield running


def set_aside(settings: Settings) -> list[dict[str, Any]]:
    """All dead letters."""
    return [json.loads(one.value) for one in records_of(settings, ("dead-letters",))]


def made(body: bytes, headers: Mapping[str, str], query: str = "", url: str = "") -> Post:
    """A request as the checks and splits see it; names of headers are written as they look for them."""
    return Post(headers, query, url, body)


def hmac_of(what: bytes, how: str) -> bytes:
    """With the secret of the tests."""
    return hmac.digest(SECRET.encode(), what, how)


def signed_by_chatwoot(content: bytes) -> dict[str, str]:
    """The headers of a webhook of Chatwoot's."""
    made = hmac_of(b"1772442000." + content, "sha256").hex()
    return {"X-Chatwoot-Timestamp": "1772442000", "X-Chatwoot-Signature": f"sha256={made}", "Content-Type": "application/json"}


def until(so: Callable[[], bool]) -> None:
    """Wait for it."""
    listening.until(so, "happened")
