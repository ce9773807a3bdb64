"""Webhooks all the way: posted to the gateway, through a real Kafka and a live worker, to the right figures on its page."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path
from random import Random
from typing import Final

from stream.config.settings import load
from stream.embedded.broker import Broker
from stream.worker_process import WorkerProcess
from tests.intake.webhooks.gateways import gateway, signed_by_chatwoot, until
from tests.parts.chatwoot import Chatwoot
from tests.parts.installed import installed

CENTRE: Final = """\
version: 1
time_zone: UTC
queues:
  support: { channels: [chat] }
  billing: { channels: [chat] }
  mail: { channels: [email] }
"""
SOURCE: Final = "chatwoot: { secret_env: SECRET, queues: { inbox-3: support, inbox-4: mail, team-5: billing } }"
EXPECTED: Final = {
    'cc_contacts_offered_total{queue="support",channel="chat"}': 3.0,
    'cc_contacts_answered_total{queue="support",channel="chat"}': 1.0,
    'cc_contacts_flowed_out_total{queue="support",channel="chat"}': 1.0,
    'cc_contacts_lost_total{queue="support",channel="chat"}': 1.0,
    'cc_contacts_offered_total{queue="billing",channel="chat"}': 1.0,
    'cc_contacts_answered_total{queue="billing",channel="chat"}': 0.0,
    'cc_contacts_waiting{queue="billing",channel="chat"}': 1.0,
    'cc_contacts_offered_total{queue="mail",channel="email"}': 2.0,
    'cc_contacts_answered_total{queue="mail",channel="email"}': 2.0,
    'cc_answer_wait_seconds_sum{channel="chat"}': 20.0,
    'cc_answer_wait_seconds_sum{channel="email"}': 35.0,
}
"""Counted by hand."""


def told() -> list[bytes]:
    """Three chats and an e-mail, of the last minutes: answered after 20 s, moved, lost; answered after 25 s, and once more after 10 s."""
    system = Chatwoot(now=int(time.time()) * 1000 - 180_000)
    posted = [*system.begin(3), *system.begin(3), *system.begin(3), *system.begin(4)]

    def after(seconds: int, *events: list[bytes]) -> None:
        posted.extend(one for event in events for one in event)
        system.now += seconds * 1000

    after(20)
    after(5, system.writes(1, "person"), system.moved(2, 5))
    after(10, system.writes(4, "person"))
    after(5, system.turns(1, "resolved"), system.turns(3, "resolved"))
    after(10, system.writes(4, "customer"))
    after(5, system.writes(4, "person", person=8))
    return posted


def figures(worker: WorkerProcess) -> dict[str, float]:
    """What its page shows of EXPECTED."""
    with urllib.request.urlopen(f"{worker.address}/metrics") as answer:  # noqa: S310 - our own
        lines = (line.rpartition(" ") for line in answer.read().decode().splitlines())
    return {name: float(value) for name, _, value in lines if name in EXPECTED}


def test_what_chatwoot_posts_is_what_the_worker_shows(broker: Broker, tmp_path: Path) -> None:
    """Delivered once, and then again in any order: each figure is the one that was counted by hand."""
    given = installed(broker, tmp_path, CENTRE, "version: 1\nstandards: []\n")
    posted = told()
    again = [*posted]
    Random(1).shuffle(again)
    worker = WorkerProcess(1, tmp_path, given)
    try:
        worker.start()
        with gateway(load(None, {}, **given), tmp_path, SOURCE) as running:
            assert {200} == {running.post("/chatwoot", one, signed_by_chatwoot(one)).status for one in [*posted, *again]}
        worker.wait()
        until(lambda: figures(worker) == EXPECTED)
    finally:
        worker.kill()
