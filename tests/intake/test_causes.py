"""What kafka-python tells only to its log is heard, and said in one sentence."""

from __future__ import annotations

import logging

import pytest
from kafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from stream.config.settings import load
from stream.intake.causes import Causes
from stream.intake.kafka import explain

SETTINGS = load(
    environ={
        "ANSWERABLE_SECURITY_PROTOCOL": "SASL_SSL",
        "ANSWERABLE_SASL_USERNAME": "stream",
        "ANSWERABLE_SASL_PASSWORD": "hush",
        "ANSWERABLE_BOOTSTRAP_SERVERS": "kafka:9092",
    }
)
UNTRUSTED = "Handshake failed: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch (_ssl.c:1006)"


def test_errors_in_the_log_are_kept_and_not_printed(caplog: pytest.LogCaptureFixture) -> None:
    """Within the context nothing of it reaches anybody else; afterwards the log is as it was."""
    log = logging.getLogger("kafka.net.manager")
    error = SaslAuthenticationFailedError()
    with Causes() as causes:
        log.warning("%s failed: %s", "bootstrap-0", error)
        log.warning("waiting")
    log.warning("after")

    assert [error] == causes.errors
    assert ["after"] == [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        (
            SaslAuthenticationFailedError(),
            "Kafka at kafka:9092 does not let stream in: check sasl_mechanism, sasl_username and the password.",
        ),
        (UnsupportedSaslMechanismError(), "Kafka at kafka:9092 does not know PLAIN: set another sasl_mechanism."),
        (
            KafkaConnectionError(UNTRUSTED),
            (
                "The certificate of Kafka at kafka:9092 is not trusted (certificate verify failed: Hostname mismatch): "
                "name its authority in tls_ca_file."
            ),
        ),
        (
            KafkaConnectionError("socket disconnected"),
            (
                "No Kafka broker answers at kafka:9092: check the address, and that its listener speaks SASL_SSL "
                "and knows this user and password."
            ),
        ),
    ],
)
def test_a_time_out_is_explained_by_its_cause(cause: KafkaError, sentence: str) -> None:
    """The sentence is about what went wrong, not about the time-out."""
    assert sentence == str(explain(KafkaTimeoutError(), SETTINGS, [cause]))


def test_too_few_rights_are_said() -> None:
    """An error of the rights names what to do."""
    sentence = str(explain(TopicAuthorizationFailedError(), SETTINGS))

    assert sentence.startswith("Kafka at kafka:9092 allows this user too little (")
    assert sentence.endswith("): grant it the topics of the contract.")
