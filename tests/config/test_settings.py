"""Settings come from a file, the environment and the command line, and nonsense is refused."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from stream.config.settings import SETTINGS, Settings, load
from stream.errors import AnswerableError, WrongUse

SASL = {
    "ANSWERABLE_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "ANSWERABLE_SASL_MECHANISM": "SCRAM-SHA-512",
    "ANSWERABLE_SASL_USERNAME": "stream",
    "ANSWERABLE_SASL_PASSWORD": "hush-1",
}


def written(folder: Path, text: str) -> Path:
    """A settings file with this text."""
    path = folder / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_set_is_the_default() -> None:
    """Without a file and without variables everything is as declared; foreign variables do not matter."""
    assert Settings() == load(environ={"HOME": "/", "ANSWERABLE_TEST_BROKER": "x", "ANSWERABLE_WEB_PORT": ""})


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    """Each source changes only what it names."""
    path = written(tmp_path, "partitions: 8\nclock: played\nsession_timeout: 30s\nreject_share: 5%\nkeep_rejected_bytes: true\n")
    expected = Settings(partitions=2, clock="wall", session_timeout=30_000, reject_share=0.05, keep_rejected_bytes=True, web_port=0)
    found = load(path, {"ANSWERABLE_CLOCK": "wall", "ANSWERABLE_PARTITIONS": "16"}, partitions=2, web_port=0, web_host=None)

    assert expected == found
    assert expected == load(environ={"ANSWERABLE_CONFIG": str(path), "ANSWERABLE_CLOCK": "wall"}, partitions=2, web_port=0)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("partitons: 8\n", ":1: the file has no key partitons: did you mean partitions?"),
        ("clock: wall\npartitions: 0\n", ":2: partitions cannot be 0: write a whole number from 1 to 1000"),
        ("clock: moon\n", ":1: clock cannot be moon: write one of wall, played"),
        ("topic_prefix: a.b\n", (":1: topic_prefix cannot be a.b: write letters, digits, - and _ only: a dot in the name of a"
         " topic collides with _ in Kafka's metrics")),
        ("keep_rejected_bytes: yes\n", ":1: keep_rejected_bytes cannot be yes: write true or false"),
        ("session_timeout: 10\n", ":1: session_timeout cannot be 10: write it with its unit, for example 10s or 10m"),
        ("sasl_password: hush\n", (":1: sasl_password does not belong into a file: set ANSWERABLE_SASL_PASSWORD instead, or name a"
         " file in sasl_password_file")),
    ],
)  # fmt: skip
def test_a_file_with_nonsense_is_refused_with_its_line(tmp_path: Path, text: str, refusal: str) -> None:
    """An unknown key or a nonsense value is named with its line and with what to write instead."""
    path = written(tmp_path, text)

    with pytest.raises(AnswerableError) as refused:
        load(path, {})

    assert f"{path}{refusal}" == str(refused.value)


@pytest.mark.parametrize(
    ("environ", "refusal"),
    [
        ({"ANSWERABLE_WEB_PRT": "1"}, ("The environment sets ANSWERABLE_WEB_PRT, which is no setting: did you mean"
         " ANSWERABLE_WEB_PORT?")),
        ({"ANSWERABLE_WEB_PORT": "http"}, "ANSWERABLE_WEB_PORT = http cannot be: write a whole number from 0 to 65535"),
        ({"ANSWERABLE_BOOTSTRAP_SERVERS": " , "}, "bootstrap_servers is empty: write host:port of a Kafka broker."),
        ({**SASL, "ANSWERABLE_SASL_PASSWORD": ""}, ("SASL_PLAINTEXT needs sasl_username and a password: set"
         " ANSWERABLE_SASL_USERNAME and ANSWERABLE_SASL_PASSWORD.")),
        ({**SASL, "ANSWERABLE_SASL_PASSWORD_FILE": "x"}, "Both sasl_password and sasl_password_file are set: keep one of them."),
        ({"ANSWERABLE_SASL_USERNAME": "stream"}, ("sasl_username is set, so security_protocol must be SASL_SSL (or SASL_PLAINTEXT):"
         " set it, or take the name away.")),
        ({"ANSWERABLE_TLS_CA_FILE": "ca.pem"}, ("A TLS file is set, so security_protocol must be SSL or SASL_SSL: set it, or take"
         " the file away.")),
        ({"ANSWERABLE_SECURITY_PROTOCOL": "SSL", "ANSWERABLE_TLS_CERT_FILE": "c.pem"}, ("tls_cert_file and tls_key_file belong"
         " together: set both or none.")),
        ({"ANSWERABLE_CONFIG": "nowhere.yaml"}, "There is no file nowhere.yaml: check the name, or write it first."),
        ({**SASL, "ANSWERABLE_SASL_PASSWORD": "", "ANSWERABLE_SASL_PASSWORD_FILE": "nowhere"}, ("The secret's file nowhere cannot"
         " be read: No such file or directory.")),
    ],
)  # fmt: skip
def test_an_environment_with_nonsense_is_refused(environ: dict[str, str], refusal: str) -> None:
    """What cannot be, or does not fit together, is refused with a sentence that says what to do."""
    with pytest.raises(AnswerableError) as refused:
        load(environ=environ)

    assert refusal == str(refused.value)


@pytest.mark.parametrize("name", ["application_id", "topic_prefix"])
def test_the_command_line_is_held_to_the_same_rules(name: str) -> None:
    """A name that Kafka would refuse later is refused at once."""
    with pytest.raises(WrongUse) as refused:
        load(None, {}, **{name: "a b/c"})
    wanted = "write letters, digits, - and _ only: a dot in the name of a topic collides with _ in Kafka's metrics"

    assert f"{name} cannot be a b/c: {wanted}" == str(refused.value)


def test_both_clients_are_told_how_to_sign_in() -> None:
    """SASL settings reach kafka-python and aiokafka under the names that they know."""
    settings = load(environ=SASL, bootstrap_servers="a:9092, b:9092")
    expected = {
        "bootstrap_servers": ["a:9092", "b:9092"],
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "stream",
        "sasl_plain_password": "hush-1",
    }

    assert expected == settings.for_kafka_python()
    assert expected == settings.for_aiokafka()


def test_tls_is_an_ssl_context_that_checks() -> None:
    """With SSL both clients get a context that checks the certificate and the name; without the check of the name on request."""
    settings = load(environ={"ANSWERABLE_SECURITY_PROTOCOL": "SSL"})
    context = settings.for_aiokafka()["ssl_context"]
    lenient = load(environ={"ANSWERABLE_SECURITY_PROTOCOL": "SSL", "ANSWERABLE_TLS_CHECK_HOSTNAME": "false"})

    assert (True, ssl.CERT_REQUIRED) == (context.check_hostname, context.verify_mode)
    assert not lenient.for_kafka_python()["ssl_context"].check_hostname


def test_a_tls_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """A file without a certificate is refused in one sentence."""
    path = written(tmp_path, "no certificate")
    settings = load(environ={"ANSWERABLE_SECURITY_PROTOCOL": "SSL", "ANSWERABLE_TLS_CA_FILE": str(path)})

    with pytest.raises(AnswerableError, match="The TLS files cannot be used"):
        settings.for_kafka_python()


def test_the_password_comes_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    """A mounted secret is read without its line feed, and no print of the settings holds it."""
    path = tmp_path / "password"
    path.write_text("hush-2\n", encoding="utf-8")
    environ = {**SASL, "ANSWERABLE_SASL_PASSWORD": "", "ANSWERABLE_SASL_PASSWORD_FILE": str(path)}
    settings = load(environ=environ)

    assert "hush-2" == settings.sasl_password
    assert "hush-2" not in repr(settings)


def test_every_setting_says_what_it_means() -> None:
    """The reference of settings is made from these sentences."""
    assert [] == [name for name, setting in SETTINGS.items() if not setting.metadata["meaning"]]


def test_the_prefix_stands_before_every_topic() -> None:
    """Two installations on one cluster do not meet."""
    assert "b-contact-events" == load(environ={}, topic_prefix="b-").topic("contact-events")


def test_the_prefix_separates_the_state_of_installations_too() -> None:
    """With the default application id, another prefix alone is another consumer group with other changelogs."""
    names = [load(environ={}, topic_prefix=prefix).installation for prefix in ("", "b-")]
    assert ["answerable", "b-answerable"] == names
