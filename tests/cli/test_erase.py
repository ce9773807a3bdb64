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

KEY = "a key of the test's own"


def erase(*words: str, text: str = "", key: str = "") -> Result:
    """Call the command."""
    return CliRunner().invoke(main, ["erase", *words], input=text, env={"ANSWERABLE_PSEUDONYM_KEY": key} if key else {})


def test_a_request_lies_in_every_partition_and_names_nobody(broker: Broker, tmp_path: Path) -> None:
    """By pseudonym, also where the customer is given as the source knows them."""
    here = Installation.make(broker.bootstrap, tmp_path)
    topic = here.settings.topic("erasure-requests")
    where = ("--bootstrap-servers", broker.bootstrap, "--prefix", here.settings.topic_prefix)
    done = erase("--customer-ref", "c-1", "--customer-file", "-", *where, text="+49 30 123\n\n", key=KEY)
    assert (0, f"2 customers to be forgotten: sent to every partition of {topic}.\n") == (done.exit_code, done.output)

    consumer = KafkaConsumer(**here.settings.for_kafka_python(), auto_offset_reset="earliest", consumer_timeout_ms=5_000)
    consumer.assign([TopicPartition(topic, number) for number in range(4)])
    found = [next(consumer) for _ in range(8)]
    consumer.close()
    wanted = {"c-1", Pseudonyms(KEY.encode()).of("customer", "+4930123")}
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
        (("--customer-ref", "a1b2", "--reason", "jane@example.com asked"), "name the request, not the customer"),
        (("--customer-ref", "a1b2", "--reason", "+49 30 123 asked"), "name the request, not the customer"),
    ],
)
def test_what_is_missing_is_said(words: tuple[str, ...], said: str) -> None:
    """Wrong use, and what to do."""
    refused = erase(*words)
    assert (2, True) == (refused.exit_code, said in refused.output)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (No such file or directory): check the name."),
        (b"M\xfcller\n", "is no text in UTF-8: save it as such, a customer a line."),
        (b'+49301\n"+49302"\n', "Line 2 of "),
        (b"+49301,Jane\n", "holds more than a customer: write a name, a number or an address alone"),
        (b"Jane <jane@example.com>\n", "Nobody was erased."),
    ],
)
def test_a_file_that_would_erase_somebody_else_is_refused(content: bytes | None, said: str, tmp_path: Path) -> None:
    """In one sentence, and before anything is sent."""
    file = tmp_path / "customers.txt"
    if content is not None:
        file.write_bytes(content)
    refused = erase("--customer-file", str(file), key=KEY)
    assert (2, True) == (refused.exit_code, said in refused.output)


def test_a_mark_of_byte_order_is_no_part_of_a_customer(broker: Broker, tmp_path: Path) -> None:
    """As spreadsheets write it."""
    here = Installation.make(broker.bootstrap, tmp_path)
    where = ("--bootstrap-servers", broker.bootstrap, "--prefix", here.settings.topic_prefix)
    (tmp_path / "marked").write_bytes(b"\xef\xbb\xbf+4930123\r\n")
    done = erase(
        "--customer-file", str(tmp_path / "marked"), "--customer-ref", Pseudonyms(KEY.encode()).of("customer", "+4930123"), *where, key=KEY
    )
    assert done.output.startswith("1 customer to be forgotten")
