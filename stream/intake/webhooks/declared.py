"""The file gateway.yaml: where to listen, and from whom.

version: 1
listen: 127.0.0.1:6068
public_url: https://hooks.example.org    # how vendors reach it; needed where a signature covers the URL
sender_header: X-Forwarded-For           # in which the proxy before it says whose request it is
sources:
  chatwoot:
    secret_env: CHATWOOT_SECRET          # or secret_file
    queues: {"3": support}               # the vendor's own mapping: see its page
  second-chatwoot:                       # another account: a name of yours
    vendor: chatwoot
    path: /second
    secret_file: /run/secrets/second
    previous_secret_env: OLD_SECRET      # while a secret is being changed
    requests_per_second: 50
    largest_body: 65536
    api: {url: https://chat.example.org, account: 1, token_env: TOKEN}   # Chatwoot's, which posts once: see its page
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from stream.config.secrets import read_secret
from stream.config.yaml import Section, suggestion, version
from stream.intake.webhooks.chatwoot_api import KEYS, Api, read_api
from stream.intake.webhooks.vendors import VENDORS, Vendor
from stream.sources import chatwoot
from stream.sources.chatwoot import Mapped
from stream.sources.records import Prepared
from stream.wire.codec import from_json

HOST: Final = "127.0.0.1"
PORT: Final = 6068
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
PATH: Final = re.compile(r"/[A-Za-z0-9._~/-]{1,200}")
SECRETS: Final = ("secret_env", "secret_file", "previous_secret_env", "previous_secret_file", "unsigned")
OWN: Final = ("vendor", "path", "requests_per_second", "largest_body", *SECRETS)
"""Keys of a source that are the gateway's; all others are its translator's."""
OF_API: Final = "-api"
"""What the API of a source shows is a source of its own in the figures: its name, and that."""
REQUESTS_PER_SECOND: Final = 2_000
LARGEST: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Looked:
    """Where the API of a source is, and what its mapping says of what it shows."""

    api: Api
    mapped: Mapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One source: what the file says of it.

    secrets: none where it is not signed; rate: requests a second; largest: bytes of a body; looked: None where its API is not looked at.
    """

    name: str
    vendor: Vendor
    path: str
    secrets: tuple[bytes, ...] = field(repr=False)
    prepared: Prepared
    rate: float
    largest: int
    looked: Looked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The whole file. public_url: without a slash at its end; sender_header: a name; "" where none is said."""

    host: str
    port: int
    public_url: str
    sender_header: str
    sources: tuple[Declared, ...]


def read_gateway(file: Section, zone: tzinfo | None = None, environ: Mapping[str, str] | None = None) -> Gateway:
    """Read it. Raises DeclarationError, or WrongUse where a secret is not there."""
    file.only("version", "listen", "public_url", "sender_header", "sources")
    version(file)
    host, port = _address(file)
    public = file.text("public_url", "").rstrip("/") if "public_url" in file else ""
    if public and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", public):
        raise file.error(
            "public_url is how vendors reach the gateway: write https://, its name and, where there is one, its path", "public_url"
        )
    header = file.text("sender_header", "") if "sender_header" in file else ""
    if header and not re.fullmatch(r"[A-Za-z0-9-]{1,60}", header):
        raise file.error("sender_header is the name of a header, for example X-Forwarded-For", "sender_header")
    section = file.section("sources")
    if not section.keys():
        raise section.error(f"sources names nobody: write one of {', '.join(VENDORS)}")
    found = tuple(_source(file, section.section(item.text), item.text, zone, environ) for item in section.keys())  # noqa: SIM118 - no dict
    for number, one in enumerate(found):
        entry = section.section(one.name)
        if one.path in {earlier.path for earlier in found[:number]}:
            raise entry.error(f"{one.path} is taken already: give {one.name} a path of its own")
        if one.name.removesuffix(OF_API) in {earlier.name for earlier in found if earlier.looked and earlier is not one}:
            raise entry.error(f"{one.name} is the name of what the API of another source shows: take another name")
        if one.vendor.public and one.secrets and not public:
            raise entry.error(f"the signature of {one.name} covers the URL: write public_url at the top of the file")
        if not one.secrets and not _is_loopback(host):
            raise entry.error(f"{one.name} is unsigned, so anybody could post: listen on {HOST}, or write secret_env")
    return Gateway(host=host, port=port, public_url=public, sender_header=header, sources=found)


def _address(file: Section) -> tuple[str, int]:
    if "listen" not in file:
        return HOST, PORT
    host, colon, port = file.text("listen").rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not re.fullmatch(r"\d{1,5}", port, re.ASCII) or int(port) > 65_535:  # noqa: PLR2004 - the last port
        raise file.error(f"listen takes an address and a port, for example {HOST}:{PORT}", "listen")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _source(file: Section, section: Section, name: str, zone: tzinfo | None, environ: Mapping[str, str] | None) -> Declared:
    if not NAME.fullmatch(name):
        raise section.error(f"{name} cannot be the name of a source: write small letters, digits and -")
    word = section.text("vendor", name)
    vendor = VENDORS.get(word)
    if vendor is None:
        hint = suggestion(word, VENDORS)
        raise section.error(f"there is no vendor {word}: {hint}, or say which one {name} is with vendor:", "vendor")
    path = section.text("path", vendor.path if word == name else f"/{name}")
    if not PATH.fullmatch(path):
        raise section.error("path begins with a slash and has only letters, digits and . _ ~ - /", "path")
    rate = section.number("requests_per_second", float(REQUESTS_PER_SECOND))
    largest = section.number("largest_body", float(vendor.largest))
    if rate < 1:
        raise section.error("requests_per_second is at least 1", "requests_per_second")
    if not 1 <= largest <= LARGEST:
        raise section.error(f"largest_body is between 1 and {LARGEST} bytes", "largest_body")
    looked = _looked(file, section, environ) if vendor.looked_at and "api" in section else None
    return Declared(
        name=name,
        vendor=vendor,
        path=path,
        secrets=_secrets(section, environ),
        prepared=vendor.translator(_of_translator(file, section, (*OWN, "api") if vendor.looked_at else OWN), from_json, zone),
        rate=rate,
        largest=int(largest),
        looked=looked,
    )


def _looked(file: Section, section: Section, environ: Mapping[str, str] | None) -> Looked:
    api = section.section("api")
    api.only(*KEYS)
    host = re.fullmatch(r"https://[^\s/?#@]+(/[^\s?#]*)?|http://(\[[^\]\s]+\]|[^\s/?#@:]+)(:\d+)?/?", api.text("url"))
    if host is None or (host[2] and not _is_loopback(host[2].strip("[]"))):
        raise api.error("url is Chatwoot's own address: write https:// and its name, as the token goes there", "url")
    return Looked(read_api(api, read_secret(api, "token", environ)), chatwoot.read_mapping(_of_translator(file, section)))


def _secrets(section: Section, environ: Mapping[str, str] | None) -> tuple[bytes, ...]:
    if section.flag("unsigned", default=False):
        if any(key in section for key in SECRETS[:-1]):
            raise section.error("unsigned and a secret contradict each other: leave one of them out", "unsigned")
        return ()
    found = [read_secret(section, "secret", environ)]
    if "previous_secret_env" in section or "previous_secret_file" in section:
        found.append(read_secret(section, "previous_secret", environ))
    return tuple(one.encode() for one in found)


def _of_translator(file: Section, section: Section, own: Sequence[str] = (*OWN, "api")) -> Section:
    """The keys of the translator's own mapping, under the version of the file."""
    entries = {key: entry for key, entry in section.entries.items() if key not in own}
    return Section(section.path, section.line, section.name, {"version": file.entries["version"], **entries})
