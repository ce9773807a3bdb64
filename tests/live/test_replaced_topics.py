"""A topic that is deleted and made anew under its name: nothing of it is passed over without a word."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from stream.embedded.broker import Broker
from stream.intake.kafka import admin_client, apply, wanted_topics
from tests.live.installation import Installation, as_counted, counted, events, installation, record
from tests.live.stages import COUNTED

Records = list[tuple[str, bytes, bytes]]
STOPPED = "so it was deleted and made anew, or cut off, and what it holds would be lost: stop all workers, then restore the topic"


def contacts(ids: range) -> Records:
    """Records of contact-events."""
    return [("contact-events", b"k%d" % (number % 37), record(f"e{number}", f"k{number % 37}")) for number in ids]


def replace(here: Installation, topic: str) -> None:
    """Delete a topic, and make it anew."""
    with admin_client(here.settings) as client:
        client.delete_topics([here.settings.topic(topic)])
        while here.settings.topic(topic) in {one["name"] for one in client.describe_topics()}:
            time.sleep(0.05)
        apply(client, wanted_topics(here.settings))


@pytest.mark.parametrize(
    ("topic", "sent", "now"),
    [
        ("contact-events", contacts(range(1_000, 1_500)), r"ends at \d+ now"),
        ("contact-events", contacts(range(1_000, 5_000)), "is another topic of that name now"),
        ("scope-facts", [], "ends at 0 now"),
    ],
    ids=["shorter", "longer", "facts"],
)
def test_a_topic_that_was_made_anew_stops_the_worker(broker: Broker, tmp_path: Path, topic: str, sent: Records, now: str) -> None:
    """One sentence and exit code 3, whether the new topic is shorter than what was read of the old one or longer already."""
    with installation(broker.bootstrap, tmp_path) as here:
        (worker,) = here.start_all(1)
        here.send(contacts(range(1_000)))
        here.read(COUNTED, 1_000)
        assert 0 == worker.stop()
        replace(here, topic)
        here.send(sent)
        again = here.start()
        assert 3 == again.wait()
        said = again.log.read_text()
        assert f"Error: {here.settings.topic(topic)}, partition " in said
        assert STOPPED in said
        assert re.search(rf"was read up to before offset \d+ and {now}", said)


def test_a_topic_that_is_made_anew_under_a_worker_stops_it(broker: Broker, tmp_path: Path) -> None:
    """Also where the worker never stopped reading."""
    with installation(broker.bootstrap, tmp_path) as here:
        (worker,) = here.start_all(1)
        here.send(contacts(range(1_000)))
        here.read(COUNTED, 1_000)
        replace(here, "contact-events")
        here.send(contacts(range(1_000, 1_100)))
        assert 3 == worker.wait(90)
        assert STOPPED in worker.log.read_text()


def test_topics_that_had_nothing_may_be_made_anew(broker: Broker, tmp_path: Path) -> None:
    """There is nothing to lose: an installation is set up a second time, and counts all."""
    with installation(broker.bootstrap, tmp_path) as here:
        (worker,) = here.start_all(1)
        assert 0 == worker.stop()
        replace(here, "contact-events")
        here.start_all(1)
        here.send(events(range(500)))
        assert counted(range(500)) == as_counted(here.read(COUNTED, 500))
