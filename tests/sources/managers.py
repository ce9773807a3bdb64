"""How the tests read manager interfaces: bytes of a socket in, events out; and the messages that a made-up PBX writes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from stream.config.yaml import parse
from stream.core.events import Event
from stream.sources.asterisk_ami.mapping import AmiMapping, read_mapping
from stream.sources.asterisk_ami.messages import Splitter
from stream.sources.asterisk_ami.translator import Translator
from stream.sources.records import Rejected, Unknown

HERE: Final = Path(__file__).parent / "asterisk_ami"
RECORDED: Final = HERE / "asterisk16.ami"
"""What an Asterisk 16.28 wrote while a small program called it: all messages about queues, agents and hangups."""
LOGGED: Final = HERE / "asterisk16.queue_log"
"""The queue_log that it wrote meanwhile."""
ALL: Final = "tell: [agents, calls, waiting]"


def mapping(text: str = ALL) -> AmiMapping:
    """A mapping with these lines besides what is needed."""
    return read_mapping(parse(f"version: 1\naddress: 127.0.0.1:5038\nusername: answerable\nsecret_env: AMI_SECRET\n{text}\n", "pbx.yaml"))


def message(**lines: object) -> bytes:
    """One message as it is on the wire."""
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\n"


def told(
    pieces: Iterable[bytes], text: str = ALL, now: int = 1_795_651_669_000, until: int | None = None
) -> list[Event | Rejected | Unknown]:
    """What the bytes of one connection become, all arrived at `now`; `until`: time then goes on to there."""
    splitter, translator = Splitter(), Translator(mapping(text))
    translator.begin()
    found = [one for piece in pieces for raw in splitter.feed(piece) for one in translator.feed(raw, now)]
    return found if until is None else [*found, *translator.tick(until)]


def of(found: Iterable[Event | Rejected | Unknown], kind: str) -> list[Event]:
    """The events whose type begins so."""
    return [one for one in found if isinstance(one, Event) and one.type.startswith(kind)]
