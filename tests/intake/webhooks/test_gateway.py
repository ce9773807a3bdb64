"""The gateway by real HTTP into a real Kafka: what is acknowledged is there, once; all else is refused, counted, and told nothing."""

from __future__ import annotations

import gzip
import http.client
import json
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from stream.config.settings import Settings
from stream.embedded.broker import Broker
from stream.intake.silence import usual
from tests.intake.listening import PATIENCE, installation, published
from tests.intake.webhooks.gateways import (
    ENVIRONMENT,
    SECRET,
    Answer,
    Gateway,
    command,
    gateway,
    hmac_of,
    post,
    set_aside,
    signed_by_chatwoot,
    until,
)
from tests.sources import vendors
from tests.sources.queue_logs import counts, figures

KEY: Final = {"Authorization": f"Bearer {SECRET}"}
STRUCTURED: Final = {**KEY, "Content-Type": "application/cloudevents+json"}
BATCHED: Final = {**KEY, "Content-Type": "application/cloudevents-batch+json"}
PUBLIC: Final = "https://hooks.example.org/in"
CLOUDEVENTS: Final = "cloudevents: { secret_env: SECRET }"


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


def event(identity: str, kind: str = "contact.offered", **data: Any) -> dict[str, Any]:
    """A CloudEvent of ours."""
    if kind == "contact.offered":
        data = {"queue": "billing", "channel": "call", **data}
    return {
        "specversion": "1.0",
        "id": f"{identity}/{kind}",
        "source": "crm",
        "type": f"cc.{kind}.v1",
        "time": "2026-03-02T09:00:00Z",
        "data": {"contact_id": identity, **data},
    }


def body(value: Any) -> bytes:
    """As JSON."""
    return json.dumps(value).encode()


def test_cloud_events_come_in_all_three_modes(settings: Settings, tmp_path: Path) -> None:
    """What was answered 200 is in Kafka; an event that cannot be read is set aside, and answered 200 too, as it never will be."""
    binary = {f"ce-{name}": value for name, value in event("c3").items() if name != "data"} | KEY | {"Content-Type": "application/json"}
    with gateway(settings, tmp_path, CLOUDEVENTS) as running:
        answers = [
            running.post("/cloudevents", body(event("c1")), STRUCTURED),
            running.post("/cloudevents", body([event("c2"), event("c1"), event("c2", "contact.answered")]), BATCHED),
            running.post("/cloudevents", body(event("c3")["data"]), binary),
            running.post("/cloudevents", b"[]", BATCHED),
            running.post("/cloudevents", body([event("c4", channel="fax"), event("c5")]), BATCHED),
            running.post("/cloudevents", body(event("c6", "clock.marked", final=True)), STRUCTURED),
            running.post("/cloudevents", body(event("c7", "erasure.requested", customer_ref="x")), STRUCTURED),
            running.post("/cloudevents", body({**event("c8"), "data": {**event("c8")["data"], "customer": "+49 30 1"}}), STRUCTURED),
        ]
        told = running.figures()
    assert [200] * 8 == [one.status for one in answers]
    found = published(settings)
    assert {"crm|c1/contact.offered", "crm|c2/contact.offered", "crm|c2/contact.answered", "crm|c3/contact.offered"} | {
        "crm|c5/contact.offered",
        "crm|c8/contact.offered",
    } == {one.id for one in found}
    assert not any("customer" in one.data for one in found), "without a key no customer leaves the source"
    assert [("bad_value", "source/cloudevents")] + [("unknown_type", "source/cloudevents")] * 2 == sorted(
        (one["reason"], one["topic"]) for one in set_aside(settings)
    )
    assert {'events_total{source="cloudevents"}': 7, 'rejected_total{source="cloudevents",reason="unknown_type"}': 2} == {
        name: told[name] for name in ('events_total{source="cloudevents"}', 'rejected_total{source="cloudevents",reason="unknown_type"}')
    }


def test_what_is_refused_is_counted_and_told_nothing(settings: Settings, tmp_path: Path) -> None:
    """Wrong keys, broken and large bodies, too many requests, other paths and methods, and what is no HTTP at all."""
    secret = "personal-word"
    small = (
        "cloudevents: { secret_env: SECRET, largest_body: 2000 }\nslow: { vendor: cloudevents, secret_env: SECRET, requests_per_second: 1 }"
    )
    with (
        gateway(settings, tmp_path, small) as running,
        connected(running) as slow,
        connected(running) as gone,
        connected(running) as half,
    ):
        half.sendall(b"POST /cloudevents HTTP/1.1\r\nHost:")
        begun = f"POST /cloudevents HTTP/1.1\r\nHost: a\r\nX-Api-Key: {SECRET}\r\nContent-Length: 9\r\n\r\nabc".encode()
        slow.sendall(begun)
        gone.sendall(begun)
        gone.shutdown(socket.SHUT_RDWR)
        answers = {
            "signature": running.post("/cloudevents", body(event(secret)), {**STRUCTURED, "Authorization": f"Bearer {secret}"}),
            "no signature": running.post("/cloudevents", body(event(secret)), {}),
            "wrong key, and no body": no_http(running, begun.replace(SECRET.encode(), b"wrong")),
            "malformed": running.post("/cloudevents", secret.encode(), STRUCTURED),
            "too large": running.post("/cloudevents", b" " * 2001, STRUCTURED),
            "too large in parts": in_parts(running, b" " * 3000),
            "no compression": running.post("/cloudevents", secret.encode(), {**STRUCTURED, "Content-Encoding": "gzip"}),
            "a bomb": bomb(running),
            "path": running.post(f"/{secret}", body(event(secret)), STRUCTURED),
            "method": running.post("/cloudevents", b"", STRUCTURED, "PUT"),
            "no http": no_http(running, f"{secret} <b>\r\n\r\n".encode()),
            "bad chunk": no_http(running, b"POST /cloudevents HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            "slow": answer_on(slow),
            "bad length": no_http(running, f"POST /cloudevents HTTP/1.1\r\nContent-Length: {secret}\r\n\r\n".encode()),
        }
        many = [running.post("/slow", body(event("c1")), STRUCTURED) for _ in range(20)]
        there = running.post("/cloudevents", b"", {}, "HEAD")
        assert b"" == half.recv(1), "whoever sends no head is let go without a word"
        told = {name: value for name, value in running.figures().items() if name.startswith("refused")}
    expected = [401, 401, 401, 400, 413, 413, 400, 413, 404, 405, 400, 400, 408, 400]
    assert expected == [one.status for one in answers.values()]
    assert 200 == there.status
    first, last = many[0], many[-1]
    assert (200, 429, "1") == (first.status, last.status, last.headers["retry-after"])
    for one in (*answers.values(), *many, there):
        assert "answerable" == one.headers["server"]
        assert not {"x-powered-by", "via"} & one.headers.keys()
        for word in (secret, "aiohttp", "Python", "Traceback", "/tmp", "kafka"):  # noqa: S108 - that is no file
            assert word not in str(one), one
    limited = told.pop('refused_total{source="slow",reason="rate"}')
    assert limited == sum(one.status == 429 for one in many)
    assert {
        'refused_total{source="webhooks",reason="malformed"}': 3,
        'refused_total{source="webhooks",reason="unknown_path"}': 1,
        'refused_total{source="webhooks",reason="slow"}': 1,
        'refused_total{source="cloudevents",reason="signature"}': 3,
        'refused_total{source="cloudevents",reason="malformed"}': 2,
        'refused_total{source="cloudevents",reason="too_large"}': 3,
        'refused_total{source="cloudevents",reason="cut_off"}': 1,
        'refused_total{source="cloudevents",reason="slow"}': 1,
        'refused_total{source="cloudevents",reason="method"}': 1,
    } == told
    assert {"crm|c1/contact.offered"} == {one.id for one in published(settings)}


def test_who_signs_wrongly_costs_little(settings: Settings, tmp_path: Path) -> None:
    """Without a signature no body is waited for; a wrong one ends the connection, and the good ones of all others go on."""
    content = body({"event": "contact_updated"})
    head = b"POST /chatwoot HTTP/1.1\r\nHost: a\r\n"
    with gateway(settings, tmp_path, "chatwoot: { secret_env: SECRET }") as running:
        unsigned = no_http(running, head + b"Content-Length: 1000000\r\n\r\n")
        with connected(running) as wrong:
            signed = b"X-Chatwoot-Timestamp: 1\r\nX-Chatwoot-Signature: sha256=0\r\n"
            wrong.sendall(head + signed + f"Content-Length: {len(content)}\r\n\r\n".encode() + content)
            refused = answer_on(wrong)
            assert b"" == wrong.recv(1)
        good = running.post("/chatwoot", content, signed_by_chatwoot(content))
        told = running.figures()
    assert [401, 401, 200] == [unsigned.status, refused.status, good.status]
    assert (unsigned.body, "close") == (refused.body, refused.headers["connection"])
    assert 2 == told['refused_total{source="chatwoot",reason="signature"}']


def test_who_posts_large_bodies_with_wrong_signatures_is_refused_before_they_are_read(settings: Settings, tmp_path: Path) -> None:
    """After eight MiB in vain the head is enough to say no, until some time has passed; a sender beside them is heard."""
    good = body({"event": "contact_updated"})
    head = b"POST /chatwoot HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\nContent-Length: 1000000\r\n"
    wrong = {"X-Chatwoot-Timestamp": "1", "X-Chatwoot-Signature": f"sha256={'0' * 64}"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in wrong.items()).encode()
    with gateway(settings, tmp_path, "chatwoot: { secret_env: SECRET }", top="sender_header: X-Forwarded-For") as running:
        malformed, statuses = no_http(running, head + b"X-Chatwoot-Signature: sha256=0\r\n\r\n"), set()
        for _ in range(60):  # a loaded machine takes its time, in which some more may come
            with suppress(ConnectionError), connected(running) as one:  # who is refused unread may lose the connection first
                one.sendall(head + lines + b"\r\n" + b" " * 1_000_000)
                statuses.add(answer_on(one).status)
            if 429 in statuses:
                break
        refused = no_http(running, head + lines + b"\r\n")
        other = running.post("/chatwoot", good, {**signed_by_chatwoot(good), "X-Forwarded-For": "192.0.2.8"})
        told = running.figures()
    assert (401, {401, 429}) == (malformed.status, statuses)
    assert (429, "close", 200) == (refused.status, refused.headers["connection"], other.status)
    assert 2 <= told['refused_total{source="chatwoot",reason="rate"}']


def in_parts(running: Gateway, content: bytes) -> Answer:
    """A body that does not say how long it is."""
    connection = http.client.HTTPConnection(running.address.removeprefix("http://"), timeout=PATIENCE)
    connection.request("POST", "/cloudevents", iter([content[:1000], content[1000:]]), STRUCTURED, encode_chunked=True)
    answer = connection.getresponse()
    found = Answer(answer.status, {name.casefold(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return found


def bomb(running: Gateway) -> Answer:
    """A small body that would be a large one."""
    return running.post("/cloudevents", gzip.compress(b" " * 10**6), {**STRUCTURED, "Content-Encoding": "gzip"})


def connected(running: Gateway) -> socket.socket:
    """A connection on which any bytes may be sent."""
    host, _, port = running.address.removeprefix("http://").rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def answer_on(connection: socket.socket) -> Answer:
    """The next answer."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return Answer(answer.status, {name.casefold(): value for name, value in answer.getheaders()}, answer.read())


def no_http(running: Gateway, content: bytes) -> Answer:
    """The answer to any bytes."""
    with connected(running) as connection:
        connection.sendall(content)
        return answer_on(connection)


def test_a_sender_that_asks_first_is_told_to_go_on(settings: Settings, tmp_path: Path) -> None:
    """`Expect: 100-continue`, as curl does with large bodies; and a body that is compressed is read."""
    content = body(event("c1"))
    headers = "".join(
        f"{name}: {value}\r\n" for name, value in {**STRUCTURED, "Expect": "100-continue", "Content-Length": len(content)}.items()
    )
    with gateway(settings, tmp_path, CLOUDEVENTS) as running, connected(running) as connection:
        connection.sendall(f"POST /cloudevents HTTP/1.1\r\nHost: a\r\n{headers}\r\n".encode())
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == connection.recv(1000)
        connection.sendall(content)
        assert 200 == answer_on(connection).status
        packed = gzip.compress(body(event("c2")))
        assert 200 == running.post("/cloudevents", packed, {**STRUCTURED, "Content-Encoding": "gzip"}).status
    assert {"crm|c1/contact.offered", "crm|c2/contact.offered"} == {one.id for one in published(settings)}


class Load(Thread):
    """A sender that keeps a contact until it is acknowledged, as vendors do."""

    def __init__(self, name: str, port: Callable[[], int], over: Callable[[], bool]) -> None:
        """It posts to the port of this moment until it is `over`."""
        super().__init__(daemon=True)
        self.label, self.port, self.over = name, port, over
        self.acknowledged: set[str] = set()
        self.again = 0

    def run(self) -> None:
        """Contact after contact: offered, and answered or abandoned."""
        number = 0
        while not self.over():
            contact = f"{self.label}-{number}"
            end = event(
                contact,
                "contact.answered" if number % 2 else "contact.abandoned",
                **({"agent_id": "a1"} if number % 2 else {"stage": "queue"}),
            )
            sent = [event(contact), {**end, "time": "2026-03-02T09:00:10Z"}]
            if self.delivered(sent):
                self.acknowledged |= {f"crm|{one['id']}" for one in sent}
                number += 1
            else:
                self.again += 1

    def delivered(self, sent: list[dict[str, Any]]) -> bool:
        """Whether it was acknowledged; where the gateway is away, it is tried again a little later."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=PATIENCE)
        try:
            return post(connection, "/cloudevents", body(sent), BATCHED).status == 200
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
            return False
        finally:
            connection.close()


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_kills_under_load_lose_nothing_acknowledged_and_double_no_contact(settings: Settings, tmp_path: Path) -> None:
    """Kill -9 in a loop while several senders post and post again."""
    port, ended = free_port(), False
    senders = [Load(f"s{number}", lambda: port, lambda: ended) for number in range(4)]
    for one in senders:
        one.start()
    for number in range(5):
        with gateway(settings, tmp_path, CLOUDEVENTS, port=port) as running:
            before = sum(len(one.acknowledged) for one in senders)
            until(lambda: sum(len(one.acknowledged) for one in senders) > before + 100)  # noqa: B023 - waited for at once
            if number < 4:
                running.process.send_signal(signal.SIGKILL)
            else:
                ended = True
                for one in senders:
                    one.join(PATIENCE)
                running.process.terminate()
                assert 0 == running.process.wait(PATIENCE)
    acknowledged = set().union(*(one.acknowledged for one in senders))
    found = {one.id: one for one in published(settings)}
    assert sum(one.again for one in senders) > 0
    assert acknowledged <= found.keys()
    contacts = {one.subject for one in found.values()}
    offered, answered, abandoned, *rest = counts(figures(found.values())[""])
    assert (len(contacts), len(contacts), [0, 0, 0]) == (offered, answered + abandoned, rest[:3])
    assert {identity.partition("|")[2].partition("/")[0] for identity in acknowledged} <= contacts


def test_an_outage_of_the_broker_is_told_to_the_vendor_and_lived_through(tmp_path: Path) -> None:
    """While the broker is away, requests are to be sent again; what was acknowledged before and after is there."""
    (tmp_path / "gateway").mkdir()
    with Broker(tmp_path / "broker") as own:
        settings = installation(own)
        with gateway(settings, tmp_path / "gateway", CLOUDEVENTS) as running:
            assert 200 == running.post("/cloudevents", body(event("before")), STRUCTURED).status
            own.kill()
            away = [running.post("/cloudevents", body(event(f"away{number}")), STRUCTURED) for number in range(2)]
            own.start()
            until(lambda: 200 == running.post("/cloudevents", body(event("after")), STRUCTURED).status)
            told = running.figures()
            running.process.terminate()
            assert 0 == running.process.wait(PATIENCE)
        found = {one.id for one in published(settings)}
    assert [(503, "5")] * 2 == [(one.status, one.headers["retry-after"]) for one in away]
    assert told['refused_total{source="cloudevents",reason="unavailable"}'] >= 2
    assert {"crm|before/contact.offered", "crm|after/contact.offered"} <= found


def test_who_waits_for_an_answer_gets_it_when_the_gateway_is_told_to_end(settings: Settings, tmp_path: Path) -> None:
    """SIGTERM under load: every 200 is in Kafka, and the process ends in order."""
    port, ended = free_port(), False
    senders = [Load(f"t{number}", lambda: port, lambda: ended) for number in range(4)]
    with gateway(settings, tmp_path, CLOUDEVENTS, port=port) as running:
        for one in senders:
            one.start()
        until(lambda: all(len(one.acknowledged) > 10 for one in senders))
        running.process.terminate()
        assert 0 == running.process.wait(PATIENCE)
        ended = True
        for one in senders:
            one.join(PATIENCE)
    assert set().union(*(one.acknowledged for one in senders)) <= {one.id for one in published(settings)}


def test_connect_and_genesys_come_as_their_files_do(settings: Settings, tmp_path: Path) -> None:
    """EventBridge with a key, Firehose in batches with its exact reply, and Genesys Cloud: the same events as the samples' files."""
    sources = "\n".join(f"{name}: {{ secret_env: SECRET }}" for name in ("amazon-connect", "amazon-connect-records", "genesys-cloud"))
    events, notifications = vendors.sample("amazon_connect/events.jsonl"), vendors.sample("genesys_cloud/notifications.jsonl")
    records = vendors.sample("amazon_connect/records.json")
    batch = {
        "requestId": "ed4acda5-034f-9f42-bba1-f29aea6d7d8f",
        "timestamp": 1,
        "records": [{"data": b64encode(one).decode()} for one in records],
    }
    with gateway(settings, tmp_path, sources) as running:
        for line in events:
            assert 200 == running.post("/amazon-connect", line, {"X-Api-Key": SECRET}).status
        for line in notifications:
            assert 200 == running.post("/genesys-cloud", line, KEY).status
        access = {"X-Amz-Firehose-Access-Key": SECRET, "X-Amz-Firehose-Request-Id": str(batch["requestId"])}
        answer = running.post("/amazon-connect-records", body(batch), access)
        wrong = running.post("/amazon-connect-records", body(batch), {**access, "X-Amz-Firehose-Access-Key": "x"})
    assert (200, "application/json") == (answer.status, answer.headers["content-type"].partition(";")[0])
    reply = json.loads(answer.body)
    assert ({"requestId", "timestamp"}, batch["requestId"], 13) == (reply.keys(), reply["requestId"], len(str(reply["timestamp"])))
    assert 401 == wrong.status
    expected = [
        *vendors.events_of("amazon-connect", events),
        *vendors.events_of("amazon-connect-records", records),
        *vendors.events_of("genesys-cloud", notifications),
    ]
    assert {one.id for one in expected} == {one.id for one in published(settings)}


Sign = Callable[[str, bytes], tuple[str, bytes, dict[str, str]]]
"""The URL at which a vendor posts, and an object of a sample -> query, body and headers of the request."""


def chatwoot(_url: str, content: bytes) -> tuple[str, bytes, dict[str, str]]:
    """As Chatwoot posts."""
    return "", content, signed_by_chatwoot(content)


def callback(url: str, content: bytes) -> tuple[str, bytes, dict[str, str]]:
    """As Twilio posts an event callback."""
    fields = json.loads(content)
    made = hmac_of((url + "".join(name + fields[name] for name in sorted(fields))).encode(), "sha1")
    headers = {"X-Twilio-Signature": b64encode(made).decode(), "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return "", urlencode(fields).encode(), headers


def stream(url: str, content: bytes) -> tuple[str, bytes, dict[str, str]]:
    """As Twilio posts Event Streams: a list of events."""
    listed = b"[" + content + b"]"
    query = "?bodySHA256=" + sha256(listed).hexdigest()
    headers = {"X-Twilio-Signature": b64encode(hmac_of((url + query).encode(), "sha1")).decode(), "Content-Type": "application/json"}
    return query, listed, headers


def hub(_url: str, content: bytes) -> tuple[str, bytes, dict[str, str]]:
    """As Zammad and Intercom post."""
    return "", content, {"X-Hub-Signature": f"sha1={hmac_of(content, 'sha1').hex()}", "Content-Type": "application/json"}


def zendesk(_url: str, content: bytes) -> tuple[str, bytes, dict[str, str]]:
    """As Zendesk posts."""
    stamp = "2026-03-02T09:00:00Z"
    made = b64encode(hmac_of(stamp.encode() + content, "sha256")).decode()
    return "", content, {"X-Zendesk-Webhook-Signature-Timestamp": stamp, "X-Zendesk-Webhook-Signature": made}


SIGNED: Final[list[tuple[str, str, Sign]]] = [
    ("chatwoot", "chatwoot/webhooks.jsonl", chatwoot),
    ("twilio-taskrouter", "twilio_taskrouter/callbacks.jsonl", callback),
    ("twilio-taskrouter", "twilio_taskrouter/streams.jsonl", stream),
    ("zendesk", "zendesk/events.jsonl", zendesk),
    ("zammad", "zammad/webhooks.jsonl", hub),
    ("intercom", "intercom/notifications.jsonl", hub),
]


def test_vendors_that_sign_come_as_their_files_do(settings: Settings, tmp_path: Path) -> None:
    """Each body under its signature becomes what a file of it says; with another one it is refused."""
    names = {name for name, _, _ in SIGNED}
    expected: set[str] = set()
    with gateway(
        settings, tmp_path, "\n".join(f"{name}: {{ secret_env: SECRET }}" for name in names), top=f"public_url: {PUBLIC}"
    ) as running:
        for name, sample, sign in SIGNED:
            lines = [line.strip() for line in vendors.sample(sample)]
            for line in lines:
                query, content, headers = sign(f"{PUBLIC}/{name}", line)
                assert 200 == running.post(f"/{name}{query}", content, headers).status, (name, line)
            query, content, headers = sign(f"{PUBLIC}/other", lines[0] + (b"" if name.startswith("twilio") else b" "))
            assert 401 == running.post(f"/{name}{query}", content.strip(), headers).status, name
            expected |= {one.id for one in vendors.events_of(name, lines)}
        told = running.figures()
    assert expected == {one.id for one in published(settings)}
    refused = {name: sum(one == name for one, _, _ in SIGNED) for name in names}
    assert {f'refused_total{{source="{name}",reason="signature"}}': float(count) for name, count in refused.items()}.items() <= told.items()
    silent = {name.split('"')[1]: hours for name, hours in told.items() if name.startswith("silent_after_seconds")}
    assert {name: usual(name) / 1000 for name in (*names, "webhooks")} == silent


def test_an_address_that_is_taken_ends_it_with_what_to_do(settings: Settings, tmp_path: Path) -> None:
    """Exit code 3, before it says that it is ready."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        call = command(settings, tmp_path, CLOUDEVENTS, port=taken.getsockname()[1])
        done = subprocess.run(call, capture_output=True, text=True, env=ENVIRONMENT, timeout=PATIENCE, check=False)
    assert (3, "") == (done.returncode, done.stdout)
    assert "cannot be listened on (Address already in use): write another address under `listen`." in done.stderr
    assert "Traceback" not in done.stderr


def test_who_names_customers_needs_a_key_for_pseudonyms(settings: Settings, tmp_path: Path) -> None:
    """Exit code 2, before anything listens; with the key no customer is in Kafka, but the same pseudonym for the same number."""
    source = "genesys-cloud: { secret_env: SECRET, customers: true }"
    call = command(settings, tmp_path, source)
    done = subprocess.run(call, capture_output=True, text=True, env=ENVIRONMENT, timeout=PATIENCE, check=False)
    assert (2, "") == (done.returncode, done.stdout)
    assert "set ANSWERABLE_PSEUDONYM_KEY or pseudonym_key_file first" in done.stderr
    begun = next(line for line in vendors.sample("genesys_cloud/notifications.jsonl") if b"customer.start" in line)
    with gateway(settings, tmp_path, source, environment={"ANSWERABLE_PSEUDONYM_KEY": "k" * 32}) as running:
        assert 200 == running.post("/genesys-cloud", begun, KEY).status
    [found] = published(settings)
    assert (32, False) == (len(found.data["customer_ref"]), "customer" in found.data)


def test_silence_of_a_source_that_is_not_there_ends_it_with_what_to_do(settings: Settings, tmp_path: Path) -> None:
    """A misspelt name would leave the source with a time that nobody chose."""
    call = [*command(settings, tmp_path, CLOUDEVENTS), "--silent-after", "zendesk=1h"]
    done = subprocess.run(call, capture_output=True, text=True, env=ENVIRONMENT, timeout=PATIENCE, check=False)
    assert (2, "") == (done.returncode, done.stdout)
    assert "--silent-after names zendesk, and here are cloudevents, webhooks: write one of these, or none." in done.stderr
