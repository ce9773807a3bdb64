"""The agents' view in a real browser: whom a supervisor sees there, what is noted of it, and that a viewer sees nobody."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.config.settings import Settings
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.wire.codec import AGENT_TOPIC, encode
from tests.live.made_up import MINUTE, NOON, Made, busy, served
from tests.parts.browser import Browser, open_browser

VIEWER: Final = "a-token-to-read-with"
SUPERVISOR: Final = "a-token-to-look-after-people"
STATES: Final[tuple[tuple[str, str, int, dict[str, str]], ...]] = (
    ("a17", "on_contact", 12, {}),
    ("a18", "paused", 34, {"reason": "lunch"}),
    ("a19", "available", 1, {}),
    ("a20", "offline", 50, {}),
)
CELLS: Final = "[...document.querySelectorAll('#agents tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))"


@pytest.fixture(scope="module")
def told(broker: Broker) -> Settings:
    """A Kafka in which four agents have said where they are: who reads it, and the tokens."""
    prefix = f"seats-{uuid4().hex[:6]}-"
    settings = Settings(bootstrap_servers=broker.bootstrap, topic_prefix=prefix, board_token=VIEWER, supervisor_token=SUPERVISOR)

    async def tell() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        kept = {"message.timestamp.type": "CreateTime", "retention.ms": "-1"}
        await admin.create_topics([NewTopic(settings.topic(AGENT_TOPIC), 2, 1, topic_configs=kept)])
        await admin.close()
        async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
            for agent, state, minutes, more in STATES:
                at = NOON - minutes * MINUTE
                said = {"agent_id": agent, "state": state, "queues": ["billing", "sales"], **more}
                key, value, headers = encode(Event(at, "agent.state_changed", agent, f"made-up|{agent}", said), "made-up")
                await producer.send_and_wait(settings.topic(AGENT_TOPIC), value, key, headers=headers, timestamp_ms=at)

    asyncio.run(tell())
    return settings


@pytest.fixture
def browser(chromium: Path, tmp_path: Path) -> Iterator[Browser]:
    """A browser that nobody has signed in with."""
    with open_browser(chromium, tmp_path / "profile") as found:
        found.look(1600, 900)
        yield found


def sign_in(browser: Browser, url: str, token: str) -> None:
    """As people do: the board leads to the form, and the form to the board."""
    browser.open(url)
    browser.until("document.querySelector('input[name=token]') !== null")
    browser.ask(f"document.querySelector('input[name=token]').value = {json.dumps(token)}; document.querySelector('form').requestSubmit()")
    browser.until("document.querySelectorAll('#rows .row').length > 0")


def notes(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int | None]]:
    """What was noted, and of how many."""
    return [(note["audit"], note.get("shown")) for note in map(json.loads, caplog.messages)]


def test_a_supervisor_sees_agents_by_state_and_since_when(told: Settings, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """Who has been paused for longest stands first, who is offline not at all; each look is a record without a name."""
    made = Made(told)
    busy(made)
    caplog.set_level(logging.INFO, "answerable.audit")
    with served(made) as url:
        sign_in(browser, url, SUPERVISOR)
        browser.until("!document.querySelector('#to-agents').hidden")
        browser.ask("document.querySelector('#to-agents').click()")
        rows = browser.until(CELLS, bool)
        assert "3 logged in" == browser.ask("document.querySelector('#agents caption').innerText")
    assert [
        ["a18", "paused: lunch", "11:26", "34:00", "billing, sales"],
        ["a17", "on contact", "11:48", "12:00", "billing, sales"],
        ["a19", "available", "11:59", "1:00", "billing, sales"],
    ] == rows
    assert [("signed_in", None), ("agents_shown", 3)] == notes(caplog)
    assert not [name for name, *_ in STATES if name in caplog.text]


def test_a_viewer_sees_no_agent(told: Settings, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """There is no way to the view, and who knows its address reads why: no name, and nothing is noted."""
    made = Made(told)
    busy(made)
    caplog.set_level(logging.INFO, "answerable.audit")
    with served(made) as url:
        sign_in(browser, url, VIEWER)
        assert browser.ask("document.querySelector('#to-agents').hidden")
        browser.ask("location.hash = '#agents'")
        said = browser.until("document.querySelector('#agents p') && document.querySelector('#agents p').innerText", bool)
        page = browser.ask("document.documentElement.outerHTML")
    assert "Agents are shown to whoever shows the supervisor's token." == said
    assert not [name for name, *_ in STATES if f"{name}<" in page]
    assert [] == notes(caplog)
