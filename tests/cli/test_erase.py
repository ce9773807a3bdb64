"""`answerable erase`, on a real broker."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from kafka import KafkaConsumer, TopicPartition

from stream.cli import main
from stream.core.pseudonyms import Pseudonyms
from stream.embedded.broker import Broker
from stream.wire.codec import decode
from tests.live.installation import Installation


def erase(*words: str, text: str = "", key: str = "") -> Result:
    """Call the command."""
    return CliRunner().invoke(main, ["erase", *words], input=text, env={"ANSWERABLE_PSEUDONYM_KEY": key} if key else {})


def test_a_request_lies_in_every_partition_and_names_nobody(broker: Broker, tmp_path: Path) -> None:
    """By pseudonym, also where the customer is given as the source knows them."""
    here = Installation.make(broker.bootstrap, tmp_path)
    topic = here.settings.topic("erasure-requests")
    where = ("--bootstrap-servers", broker.bootstrap, "--prefix", here.settings.topic_prefix)
    done = erase("--customer-ref", "c-1", "--customer-file", "-", *where, text="+49 30 123\n\n", key="secret")
    assert (0, f"2 customers to be forgotten: sent to every partition of {topic}.\n") == (done.exit_code, done.output)

    consumer = KafkaConsumer(**here.settings.for_kafka_python(), auto_offset_reset="earliest", consumer_timeout_ms=5_000)
    consumer.assign([TopicPartition(topic, number) for number in range(4)])
    found = [next(consumer) for _ in range(8)]
    consumer.close()
    wanted = {"c-1", Pseudonyms(b"secret").of("customer", "+4930123")}
    assert {(number, ref) for number in range(4) for ref in wanted} == {
        (one.partition, decode(one.value, one.headers, one.key).subject) for one in found
    }


NO_PSEUDONYM = (
    "--customer-ref takes a pseudonym as events carry it, of letters and figures: give names, numbers and addresses with --customer-file, "
    "which sends none of them."
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Nobody is named: say --customer-ref REF, or --customer-file FILE."),
        (("--customer-ref", "John Smith"), NO_PSEUDONYM),
        (("--customer-ref", "+49 30 123"), NO_PSEUDONYM),
        (("--customer-ref", "4930123"), NO_PSEUDONYM),
        (("--customer-file", "-"), "--customer-file needs the key that made the pseudonyms"),
    ],
)
def test_what_is_missing_is_said(words: tuple[str, ...], said: str) -> None:
    """Wrong use, and what to do."""
    refused = erase(*words)
    assert (2, True) == (refused.exit_code, said in refused.output)
