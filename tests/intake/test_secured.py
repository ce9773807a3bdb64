"""Signing in and TLS, with a real broker that insists on them: admin client, publishing, and aiokafka as the worker uses it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from click.testing import CliRunner
from kafka import KafkaProducer
from kafka.admin import NewTopic, UserScramCredentialUpsertion

from stream.cli import main
from stream.config.settings import Settings, load
from stream.config.standards import read_standards
from stream.core.centre import Centre
from stream.core.events import Event
from stream.embedded.broker import Broker
from stream.embedded.ports import free_ports
from stream.errors import BrokerMissing, PartMissing
from stream.intake.files import read_events
from stream.intake.kafka import admin_client, apply_topics
from stream.intake.publish import publish
from stream.verify.run import DEFAULT_STANDARDS, Plan, Promises, verify
from stream.wire.codec import decode
from tests.intake.listening import PATIENCE, command, installation, metrics, plain, published, running, until
from tests.intake.telephony import MAPPING, as_json, story

pytestmark = pytest.mark.optional("the openssl command makes the certificate; not every machine has it")

USER, PASSWORD = "stream", "hush-hush"
PLAIN_LOGIN = f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class SecuredBroker(Broker):
    """The embedded broker with three listeners more. Kafka takes the last of two lines that set the same."""

    def __init__(self, directory: Path, pem: Path) -> None:
        """`pem` holds the broker's key and certificate; it trusts the same certificate of clients."""
        super().__init__(directory)
        self.pem = pem
        self.ports = dict(zip(("SASL_PLAINTEXT", "SASL_SSL", "SSL"), free_ports(3), strict=True))

    def _configure(self) -> None:
        super()._configure()
        path = self.directory / "server.properties"
        lines = path.read_text(encoding="utf-8").splitlines()
        more = [f"{name}://127.0.0.1:{port}" for name, port in self.ports.items()]
        lines += [",".join([line, *more]) for line in lines if line.startswith(("listeners=", "advertised.listeners="))]
        lines += [",".join([line, *(f"{name}:{name}" for name in self.ports)]) for line in lines if line.startswith("listener.sec")]
        lines += ["sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"]
        for listener in ("sasl_plaintext", "sasl_ssl"):
            lines.append(f"listener.name.{listener}.plain.sasl.jaas.config={PLAIN_LOGIN}")
            lines += [f"listener.name.{listener}.scram-sha-{size}.sasl.jaas.config={SCRAM_LOGIN}" for size in (256, 512)]
        for store in ("keystore", "truststore"):
            lines += [f"ssl.{store}.type=PEM", f"ssl.{store}.location={self.pem}"]
        lines.append("listener.name.ssl.ssl.client.auth=required")
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with key.pem, cert.pem (self-made, for 127.0.0.1) and both.pem."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("SKIPPED: no openssl command on this machine makes a certificate: install openssl")
    place = tmp_path_factory.mktemp("certificate")
    subject = ["-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "keyUsage=digitalSignature,keyCertSign"]
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem", "-out", "cert.pem", *subject],
        cwd=place,
        check=True,
        capture_output=True,
    )
    (place / "both.pem").write_text((place / "key.pem").read_text() + (place / "cert.pem").read_text())
    return place


@pytest.fixture(scope="module")
def secured(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """A broker that insists on signing in, with a user who may."""
    with SecuredBroker(tmp_path_factory.mktemp("secured"), certificate / "both.pem") as running:
        with admin_client(load(environ={}, bootstrap_servers=running.bootstrap)) as client:
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
                done = client.alter_user_scram_credentials([UserScramCredentialUpsertion(USER, mechanism, PASSWORD)])
                assert {USER: None} == done
        yield running


def settings_for(broker: SecuredBroker, protocol: str, environ: dict[str, str]) -> Settings:
    """The settings that a user of this listener writes."""
    named = {f"ANSWERABLE_{name.upper()}": value for name, value in environ.items()}
    return load(
        environ={**named, "ANSWERABLE_SECURITY_PROTOCOL": protocol},
        bootstrap_servers=f"127.0.0.1:{broker.ports[protocol]}",
        topic_prefix=f"t{uuid4().hex[:8]}-",
        partitions=1,
    )


def environ_for(protocol: str, mechanism: str, certificate: Path) -> dict[str, str]:
    """The settings by which one signs in (mechanism "" = not at all) and trusts the broker."""
    environ: dict[str, str] = {}
    if mechanism:
        environ |= {"sasl_mechanism": mechanism, "sasl_username": USER, "sasl_password": PASSWORD}
    if protocol.endswith("SSL"):
        environ |= {"tls_ca_file": str(certificate / "cert.pem")}
    if protocol == "SSL":
        environ |= {"tls_cert_file": str(certificate / "cert.pem"), "tls_key_file": str(certificate / "key.pem")}
    return environ


async def first_event(settings: Settings) -> Event:
    """The first event that aiokafka reads, without a group."""
    consumer = AIOKafkaConsumer(**settings.for_aiokafka(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(settings.topic("contact-events"), 0)])
        record = await asyncio.wait_for(consumer.getone(), 20)
        return decode(record.value, record.headers, record.key)
    finally:
        await consumer.stop()


@pytest.mark.parametrize(
    ("protocol", "mechanism"),
    [
        ("SASL_PLAINTEXT", "PLAIN"),
        ("SASL_PLAINTEXT", "SCRAM-SHA-256"),
        ("SASL_SSL", "PLAIN"),
        ("SASL_SSL", "SCRAM-SHA-512"),
        ("SSL", ""),
    ],
)
def test_everything_works_through_a_secured_listener(secured: SecuredBroker, certificate: Path, protocol: str, mechanism: str) -> None:
    """Topics are applied, an event is published, and aiokafka reads it; with SSL alone both sides show a certificate."""
    environ = environ_for(protocol, mechanism, certificate)
    settings = settings_for(secured, protocol, environ)
    event = Event(1_000, "contact.offered", "c-1", "test|1", {"contact_id": "c-1", "queue": "q", "channel": "call"})

    apply_topics(settings)
    publish([event], settings, source="test")

    assert event == asyncio.run(first_event(settings))


@pytest.mark.parametrize(("protocol", "mechanism"), [("SASL_SSL", "SCRAM-SHA-512"), ("SASL_PLAINTEXT", "PLAIN"), ("SSL", "")])
def test_live_workers_equal_replay_through_a_secured_listener(
    secured: SecuredBroker, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str, mechanism: str
) -> None:
    """The worker signs in and talks TLS with all of its clients; the password reaches it through the environment alone."""
    environ = environ_for(protocol, mechanism, certificate)
    if mechanism:
        monkeypatch.setenv("ANSWERABLE_SASL_PASSWORD", PASSWORD)
    day = tmp_path / "day.jsonl"
    simulated = CliRunner().invoke(main, ["simulate", "--scale", "0.02", "--events", str(day)])
    assert 0 == simulated.exit_code, simulated.output
    promises = Promises(centre=Centre(), standards=(), centre_file=None, standards_file=DEFAULT_STANDARDS)
    promises = replace(promises, standards=read_standards(DEFAULT_STANDARDS, promises.centre))

    with read_events("events", None, [day]) as events:
        outcome = verify(events, promises, settings_for(secured, protocol, environ), Plan(workers=1), lambda _: None)

    assert (events.count, []) == (outcome.events, outcome.differences)


def test_a_wrong_password_is_said_and_never_shown(secured: SecuredBroker) -> None:
    """The sentence names what to check, not the password.

    Whether the broker's refusal is read before it closes the connection is a matter of luck; both sentences lead to the password.
    """
    environ = {"sasl_username": USER, "sasl_password": "guessed"}

    with pytest.raises(PartMissing) as refused:
        apply_topics(settings_for(secured, "SASL_PLAINTEXT", environ))

    at = f"127.0.0.1:{secured.ports['SASL_PLAINTEXT']}"
    read = f"Kafka at {at} does not let {USER} in: check sasl_mechanism, sasl_username and the password."
    closed = (
        f"No Kafka broker answers at {at}: check the address, and that its listener speaks SASL_PLAINTEXT and knows this user and password."
    )
    assert str(refused.value) in {read, closed}


def test_a_certificate_of_somebody_else_is_not_trusted(secured: SecuredBroker) -> None:
    """Without our certificate as CA the broker is nobody that we know."""
    environ = {"sasl_username": USER, "sasl_password": PASSWORD}

    with pytest.raises(PartMissing) as refused:
        apply_topics(settings_for(secured, "SASL_SSL", environ))

    at = f"127.0.0.1:{secured.ports['SASL_SSL']}"
    expected = f"The certificate of Kafka at {at} is not trusted (certificate verify failed: self-signed certificate): "
    assert expected + "name its authority in tls_ca_file." == str(refused.value)


def test_a_listener_that_speaks_otherwise_is_said(secured: SecuredBroker, capsys: pytest.CaptureFixture[str]) -> None:
    """TLS with a listener that has none ends with the setting to check, and nothing of the client's log is printed."""
    settings = replace(settings_for(secured, "SSL", {}), bootstrap_servers=secured.bootstrap)

    with pytest.raises(BrokerMissing) as missing:
        apply_topics(settings)

    expected = f"No Kafka broker answers at {secured.bootstrap}: check the address, and that its listener speaks SSL."
    assert expected == str(missing.value)
    assert ("", "") == tuple(capsys.readouterr())


def test_topics_of_others_are_read_through_a_secured_listener(secured: SecuredBroker, certificate: Path, tmp_path: Path) -> None:
    """By what the mapping says of their brokers, with the password out of the environment; ours are reached as the settings say."""
    ours = installation(secured)
    theirs, expected = story(3)
    values = [as_json(one) for one in theirs]
    with admin_client(ours) as client:
        client.create_topics([NewTopic(f"{ours.topic_prefix}theirs", num_partitions=1, replication_factor=1)])
    with closing(KafkaProducer(bootstrap_servers=secured.bootstrap)) as producer:
        for value in values:
            producer.send(f"{ours.topic_prefix}theirs", value)
        producer.flush()
    place = (
        f"bootstrap_servers: '127.0.0.1:{secured.ports['SASL_SSL']}', security_protocol: SASL_SSL, tls_ca_file: {certificate / 'cert.pem'}"
    )
    user = f"sasl_mechanism: SCRAM-SHA-512, sasl_username: {USER}, sasl_password_env: THEIRS"
    mapping = MAPPING.replace("topics: [TOPIC]", f"{place}, {user}, topics: [{ours.topic_prefix}theirs]").replace("FORMAT", "json")
    (tmp_path / "theirs.yaml").write_text(mapping)
    called = command(ours, "kafka", tmp_path / "state.json", "--mapping", tmp_path / "theirs.yaml")
    with running(called, THEIRS=PASSWORD) as (process, address):
        until(lambda: metrics(address)["cc_source_lines_total"] == len(values), "read all")
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    assert plain(expected) == plain(published(ours))
    done = subprocess.run(called, capture_output=True, text=True, env={**os.environ, "THEIRS": "wrong"}, timeout=PATIENCE, check=False)
    assert (3, 1) == (done.returncode, len(done.stderr.splitlines())), done.stderr
    assert re.search(f"does not let {USER} in|knows this user and password", done.stderr)
