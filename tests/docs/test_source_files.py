"""Each source's page can be followed by copy and paste: its files are taken by the commands that it names them in."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Final

import pytest

from stream.config.yaml import Section, load, parse
from stream.intake.files import prepare, read_events
from stream.intake.running import INTAKES
from stream.intake.webhooks.declared import read_gateway
from stream.sources import SOURCES
from stream.sources.asterisk_ami.mapping import read_mapping as read_ami
from stream.sources.callcenter.mapping import read_mapping as read_event_socket
from stream.sources.database import read as read_database
from stream.sources.imap import read_imap
from stream.sources.topic.mapping import read as read_topics
from tests.docs.pages import ROOT, commands, name_of, text_of

NO_MAPPING: Final = {"README.md", "events.md", "your-own.md"}
"""The index, our own events, and how a source is written."""
PAGES: Final = [page for page in sorted((ROOT / "docs" / "sources").glob("*.md")) if page.name not in NO_MAPPING]
BLOCK: Final = re.compile(r"^( *)```yaml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
READERS: Final[dict[str, Callable[[Section], object]]] = {
    "asterisk-ami": read_ami,
    "database": read_database,
    "freeswitch-event-socket": read_event_socket,
    "imap": read_imap,
    "kafka": read_topics,
    "webhooks": read_gateway,
}
"""What reads the mapping of an intake before it connects to anything."""


def files(page: Path) -> list[str]:
    """The whole files that a page shows: those that begin with their version."""
    found = [dedent(text) for _, text in BLOCK.findall(text_of(page))]
    return [text for text in found if text.startswith("version:")]


def uses(page: Path) -> set[tuple[str, str]]:
    """The sources and the mapping files that the page's commands name together."""
    found = set()
    for line in commands(page):
        words = shlex.split(line)
        if "--source" in words and "--mapping" in words:
            found.add((words[words.index("--source") + 1], words[words.index("--mapping") + 1]))
    return found


def own_uses(page: Path) -> list[str]:
    """The sources that the page's file is for: those of the mapping file that its own source is called with."""
    found = uses(page)
    own = [mapping for source, mapping in sorted(found) if source in {page.stem, "webhooks"}]
    assert own, f"no command of {page.name} names a mapping file of its own"
    return sorted(source for source, mapping in found if mapping == own[0])


def taken(source: str, text: str, path: Path) -> None:
    """Read the file as the command would. Raises what people would see."""
    path.write_text(text, encoding="utf-8")
    if source in INTAKES:
        READERS[source](load(path))
    else:
        assert SOURCES[source].grows == (prepare(source, path).following is not None)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_files_of_a_page_are_taken_by_its_commands(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every whole YAML file is a mapping of every source that the page gives it to."""
    shown = files(page)
    assert shown, f"{page.name} shows no mapping"
    for number, text in enumerate(shown):
        for variable in re.findall(r"_env: (\w+)", text):
            monkeypatch.setenv(variable, "made-up")
        secret = tmp_path / "secret"
        secret.write_text("made-up", encoding="utf-8")
        here = re.sub(r"(_file: )[^ ,}\n]+", rf"\g<1>{secret}", text)
        for source in own_uses(page):
            taken(source, here, tmp_path / f"{number}-{source}.yaml")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_keys_of_a_gateway_are_the_files_of_its_translators(page: Path, tmp_path: Path) -> None:
    """What stands below a source of the gateway but where it is posted and its secret is a mapping of that source for files."""
    ours = {"secret_env", "secret_file", "vendor", "api"}
    for text in files(page):
        gateway = parse(text, "gateway.yaml")
        sources = gateway.section("sources") if "sources" in gateway else None
        for name in sources.entries if sources is not None else ():
            section = gateway.section("sources").section(name)
            source = section.text("vendor", section.name)
            if source in SOURCES:
                lines = [line for key, line in below(text, section.name) if key not in ours]
                taken(source, "version: 1\n" + dedent("\n".join(lines)) + "\n", tmp_path / f"{source}.yaml")


def below(text: str, name: str) -> list[tuple[str, str]]:
    """The lines below a source of the gateway, each with the key that it belongs to."""
    found, key, inside = [], "", False
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip())
        if depth <= 2:
            inside = line.strip() == f"{name}:"
        elif inside:
            key = line.strip().partition(":")[0] if depth == 4 else key
            found.append((key, line))
    return found


def test_the_example_of_our_own_events_is_taken_as_it_stands(tmp_path: Path) -> None:
    """Whoever copies the line of the page into a file has an event."""
    (shown,) = [
        dedent(text) for text in re.findall(r"^ *```json\n(.*?)^ *```", text_of(ROOT / "docs/sources/events.md"), re.MULTILINE | re.DOTALL)
    ]
    copied = tmp_path / "events.jsonl"
    copied.write_text(shown, encoding="utf-8")
    with read_events("events", None, [copied]) as events:
        assert ([], ["contact.offered"]) == (events.first_rejected, [event.type for event in events])


def test_every_intake_is_read_here() -> None:
    """One that is added needs its reader in this test."""
    assert set(INTAKES) == set(READERS)
