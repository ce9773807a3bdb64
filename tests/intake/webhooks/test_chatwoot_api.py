"""Chatwoot's API, made up, by real HTTP: gaps are made good, agents are shown, and whatever it answers is borne."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import aiohttp
import pytest

from stream.config.settings import Settings
from stream.config.yaml import parse
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.errors import DeclarationError, WrongUse
from stream.intake.webhooks import chatwoot_api
from stream.intake.webhooks.chatwoot_api import Api, Away, Client
from stream.intake.webhooks.declared import read_gateway
from stream.sources.chatwoot_api.conversations import SETTLE
from tests.intake.listening import installation, published
from tests.intake.webhooks.gateways import Gateway, gateway, signed_by_chatwoot, until
from tests.parts.chatwoot import HANG, TOKEN, Chatwoot, Served, served
from tests.sources.vendors import counted, events_of

MAPPING: Final = "queues: {inbox-3: support, inbox-4: mail, team-5: billing}\nagents: {a7: [a7@centre.example], a8: ['8']}"


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


def source(api: Served, more: str = "") -> str:
    """The lines of gateway.yaml."""
    where = f"api: {{ url: '{api.url}', account: 1, token_env: TOKEN{more} }}"
    return "\n".join(["chatwoot:", *(f"  {line}" for line in ("secret_env: SECRET", where, *MAPPING.splitlines()))])


def post(running: Gateway, posted: list[bytes]) -> None:
    """Webhooks that arrive."""
    for one in posted:
        assert 200 == running.post("/chatwoot", one, signed_by_chatwoot(one)).status


def outcomes(settings: Settings) -> dict[str, tuple[int, ...]]:
    """What a worker would count of contacts."""
    return counted(one for one in published(settings) if not one.type.startswith("agent."))


def presence(settings: Settings) -> dict[str, tuple[Any, ...]]:
    """The last state of each agent, with their queues."""
    found = sorted((one for one in published(settings) if one.type.startswith("agent.")), key=lambda one: one.time)
    return {one.subject: (one.data["state"], one.data["queues"]) for one in found}


def test_what_is_missed_while_nobody_listens_is_told_after_the_start(settings: Settings, tmp_path: Path) -> None:
    """Kill -9, again and again, while conversations go on: at the end the outcomes are those of an account that missed nothing."""
    random, system, once = Random(3), Chatwoot(), set[tuple[int, str]]()
    whole = list[bytes]()

    def live(number: int, *, missed: bool) -> list[bytes]:
        posted = [one for _ in range(number) for one in system.lives(random, once if missed else None)]
        whole.extend(posted)
        return posted

    with served(system) as api:
        for _ in range(2):
            with gateway(settings, tmp_path, source(api), environment={"TOKEN": TOKEN}) as running:
                until(lambda: 1 == running.figures()['connected{source="chatwoot-api"}'])
                assert counted(events_of("chatwoot", whole, MAPPING)) == outcomes(settings)
                with api.lock:
                    posted = live(25, missed=False)
                post(running, posted)
                running.process.send_signal(signal.SIGKILL)
                running.process.wait()
            once.clear()
            live(20, missed=True)
            system.now += SETTLE + 1_000
        with gateway(settings, tmp_path, source(api), environment={"TOKEN": TOKEN}) as running:
            until(lambda: 1 == running.figures()['connected{source="chatwoot-api"}'])
            assert counted(events_of("chatwoot", whole, MAPPING)) == outcomes(settings)
            assert 1 == running.figures()['gaps_total{source="chatwoot-api"}']
    messages = {one.id for one in events_of("chatwoot", whole, MAPPING) if one.type == "message.posted"}
    assert messages == {one.id for one in published(settings) if one.type == "message.posted"}
    assert ("available", ["mail", "support"]) == presence(settings)["a7"]


def test_an_outage_of_kafka_is_a_gap_too(tmp_path: Path) -> None:
    """What was answered 503 Chatwoot does not send again: the look afterwards tells it, and whoever went in the meantime."""
    (tmp_path / "gateway").mkdir()
    system = Chatwoot()
    with Broker(tmp_path / "broker") as own, served(system) as api:
        settings = installation(own)
        every = ", agents_every: 5s"
        with gateway(settings, tmp_path / "gateway", source(api, every), environment={"TOKEN": TOKEN}) as running:
            with api.lock:
                begun = system.begin(3)
            post(running, begun)
            until(lambda: "a7" in presence(settings))
            own.kill()
            with api.lock:
                lost = system.writes(1, "person")
                system.availability[7] = "busy"
            assert {503} == {running.post("/chatwoot", one, signed_by_chatwoot(one)).status for one in lost}
            with api.lock:
                system.now += SETTLE + 1_000
            own.start()
            until(lambda: outcomes(settings)[""][:2] == (1, 1) and presence(settings)["a7"][0] == "paused")
            told = running.figures()
    assert told['gaps_total{source="chatwoot-api"}'] >= 1


def test_a_token_that_is_none_stops_no_webhook_and_is_said_without_it(settings: Settings, tmp_path: Path) -> None:
    """One sentence on stderr, a 0 on /metrics, and the gateway goes on."""
    system = Chatwoot()
    with served(system) as api, gateway(settings, tmp_path, source(api), environment={"TOKEN": "personal-word"}) as running:
        until(lambda: api.refused > 1)
        post(running, system.begin(3))
        told = running.figures()
        running.process.terminate()
        _, said = running.process.communicate()
    assert {"chatwoot": 1, "chatwoot-api": 0} == {name: told[f'connected{{source="{name}"}}'] for name in ("chatwoot", "chatwoot-api")}
    assert 1 == said.decode().count("does not let the token in: write the access token of an administrator's profile.")
    assert b"personal-word" not in said
    assert b"Traceback" not in said


def asked(api: Served, ask: Callable[[Client], Any], token: str = TOKEN) -> Any:
    """What a question to the API gives."""

    async def main() -> Any:
        made = Api(url=api.url, account=1, token=token, every=1, agents_every=1, look_back=1)
        client = Client(made, aiohttp.ClientTimeout(total=1.0))
        try:
            return await ask(client)
        finally:
            await client.close()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (401, {}, b"{}", "does not let the token in"),
        (403, {}, b"{}", "does not let the token in"),
        (404, {}, b"{}", "is not there (404)"),
        (500, {}, b"secret words", "has a fault (500)"),
        (503, {}, b"", "has a fault (503)"),
        (301, {"Location": "http://127.0.0.1:1/"}, b"", "answered 301: see whether url is right"),
        (200, {}, b"<html>secret words</html>", "answered no JSON"),
        (200, {}, b"[" * 100_000, "answered no JSON"),
        (200, {}, b'{"data": 1}', "something else than Chatwoot's API"),
        (200, {}, b"[]", "something else than Chatwoot's API"),
        (200, {"Content-Encoding": "gzip"}, b"no gzip", "cannot be reached"),
        (HANG, {}, b"", "did not answer in time"),
    ],
)
def test_whatever_is_answered_is_one_sentence(status: int, headers: dict[str, str], body: bytes, said: str) -> None:
    """Which says what to do, and nothing of the answer or the token."""
    with served(Chatwoot()) as api:
        api.troubles.append((status, headers, body))
        with pytest.raises(Away) as away:
            asked(api, lambda client: client.conversations(1))
    assert said in str(away.value)
    assert not any(word in str(away.value) for word in (TOKEN, "secret words"))
    assert 1 == len(api.asked)


def test_who_asks_too_often_waits_as_long_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry-After is kept to, three times; then it is said."""
    waits = list[float]()

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", wait)
    often = (429, {"Retry-After": "7"}, b"{}")
    with served(Chatwoot()) as api:
        api.troubles += [often, often]
        assert [7, 8] == [one.number("id") for one in asked(api, lambda client: client.agents())]
        assert [7.0, 7.0] == waits
        api.troubles += [often, (429, {"Retry-After": "Mon, 02 Mar 2026 09:00:00 GMT"}, b""), often]
        with pytest.raises(Away, match="asked too often"):
            asked(api, lambda client: client.agents())
    assert [7.0, 7.0, 7.0, 1.0] == waits


def test_an_answer_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor kept."""
    monkeypatch.setattr(chatwoot_api, "LARGEST", 1_000)
    with served(Chatwoot()) as api:
        api.troubles.append((200, {}, b" " * 2_000))
        with pytest.raises(Away, match="answered more than 1,000 bytes"):
            asked(api, lambda client: client.agents())


def read(api: str, name: str = "chatwoot", given: str = "t") -> Api:
    """The section of a gateway.yaml."""
    file = parse(f"version: 1\nsources:\n  {name}: {{ secret_env: S, api: {{ {api} }} }}\n", "gateway.yaml")
    found = read_gateway(file, environ={"S": "s", "TOKEN": given}).sources[0].looked
    assert found is not None
    return found.api


def test_the_section_says_where_and_how_often() -> None:
    """An address of this machine may be without TLS."""
    found = read("url: 'http://127.0.0.1:3000/', account: 2, token_env: TOKEN, every: 1m, agents_every: 10s, look_back: 2h")
    assert Api(url="http://127.0.0.1:3000", account=2, token="t", every=60_000, agents_every=10_000, look_back=7_200_000) == found
    assert "https://chat.example.org/base" == read("url: 'https://chat.example.org/base', account: 2, token_env: TOKEN").url
    assert "token=" not in repr(found)


@pytest.mark.parametrize(
    ("api", "problem"),
    [
        ("url: 'http://chat.example.org', account: 1, token_env: TOKEN", "write https:// and its name, as the token goes there"),
        ("url: 'https://me:word@chat.example.org', account: 1, token_env: TOKEN", "write https:// and its name"),
        ("url: 'https://chat.example.org', account: 0, token_env: TOKEN", "account is the number"),
        ("url: 'https://chat.example.org', account: 1.5, token_env: TOKEN", "account is the number"),
        ("url: 'https://chat.example.org', account: 1, token_env: TOKEN, every: 1s", "every cannot be below 5s"),
        ("url: 'https://chat.example.org', account: 1, token_env: TOKEN, token: x", "has no key token"),
        ("url: 'https://chat.example.org', account: 1", "needs token_env .* or token_file"),
    ],
)
def test_a_section_that_cannot_be_meant_is_refused(api: str, problem: str) -> None:
    """With its line."""
    with pytest.raises(DeclarationError, match=problem):
        read(api)


def test_vendors_without_an_api_have_no_such_section() -> None:
    """Nor may a source have the name of another one's looks; a token that is no header is refused at the start."""
    with pytest.raises(DeclarationError, match="has no key api"):
        read("url: 'https://x', account: 1, token_env: TOKEN", "zendesk")
    both = "chatwoot: {secret_env: S, api: {url: 'https://x', account: 1, token_env: S}}, chatwoot-api: {vendor: chatwoot, secret_env: S}"
    with pytest.raises(DeclarationError, match="take another name"):
        read_gateway(parse(f"version: 1\nsources: {{{both}}}", "gateway.yaml"), environ={"S": "s"})
    with pytest.raises(WrongUse, match="cannot be sent in a header"):
        read("url: 'https://x', account: 1, token_env: TOKEN", given="a\nb")


def test_looks_tell_agents_events_only_of_their_own(settings: Settings, tmp_path: Path) -> None:
    """What looks say of agents nobody can post: as a webhook it is unknown."""
    shown = b'{"event": "agent_shown", "agent": "a7", "state": "available", "queues": ["support"], "channels": [], "at": 1772442000000}'
    with gateway(settings, tmp_path, "chatwoot: { secret_env: SECRET }") as running:
        post(running, [shown])
        told = running.figures()
    assert 1 == told['unknown_total{source="chatwoot"}']
    assert list[Event]() == published(settings)
