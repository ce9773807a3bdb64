"""Each source from its real edge to the figures: bytes in, events in Kafka, and out of a live worker what was counted by hand.

All of them feed one installation with one worker, each with queues of its own, so that what belongs to whom can be told apart.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from mailbox import mbox
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stream.config.settings import Settings
from stream.core.centre import Centre
from stream.core.events import order
from stream.embedded.broker import Broker
from stream.intake.publish import Sending
from stream.intake.running import INTAKES
from stream.replay.report import report
from stream.sources import SOURCES
from stream.verify.run import DEFAULT_STANDARDS, Promises, playing
from tests.conftest import ROOT, part
from tests.intake.listening import PATIENCE, command, metrics, page, published, running, until, until_read
from tests.intake.mailboxes import BILLING as BILLING_MAIL
from tests.intake.manager import MEMBERS, SECRET, USER, pbx
from tests.intake.switch import AGENTS, BILLING, PASSWORD, SALES, switch
from tests.intake.telephony import MAPPING, as_json, send, story, topic_of_theirs
from tests.parts.dovecot import PASSWORD as MAIL_PASSWORD
from tests.parts.dovecot import Dovecot
from tests.sources import (
    test_amazon_connect,
    test_amazon_connect_records,
    test_asterisk_cdr,
    test_asterisk_cel,
    test_asterisk_queue_log,
    test_chatwoot,
    test_email,
    test_freeswitch,
    test_genesys_cloud,
    test_intercom,
    test_twilio_taskrouter,
    test_zammad,
    test_zendesk,
)
from tests.sources.queue_logs import HERE as QUEUE_LOGS
from tests.sources.vendors import COUNTS, DAY, HERE

END: Final = DAY + 18 * 3_600_000
"""All samples are of one day, and over by then."""
STEPS: Final = 60
METRICS: Final = ("offered", "answered", "abandoned", "flowed_out")
TAKEN_BACK: Final = {("ze-desk", "offered"): 1}
"""What was spam, as its source says later: counters hold first conclusions, because a counter never goes down."""

Expected = dict[str, dict[str, Any]]
"""By queue and measure what was counted by hand; under "" what the source adds to a measure of the whole."""


@dataclass(frozen=True, slots=True)
class Here:
    """Where a source is fed: the installation, and a directory of its own."""

    settings: Settings
    home: Path

    def mapping(self, text: str) -> list[str | Path]:
        """The words that name a mapping of this text."""
        path = self.home / "mapping.yaml"
        path.write_text(f"version: 1\n{text}\n")
        return ["--mapping", path]


Feed = Callable[[Here], Expected]
"""Brings what a source has into Kafka by the command that its page shows, and says what has to come of it."""


def expected(measures: Sequence[str], by_hand: dict[str, tuple[Any, ...]], queues: dict[str, str], before_queue: int = 0) -> Expected:
    """The figures of a golden test. queues: its name of a queue, and the name here."""
    found: Expected = {queues[queue]: dict(zip(measures, by_hand[queue], strict=True)) for queue in queues}
    return {**found, "": {"abandoned_before_queue": before_queue}}


def of_the_day(sample: Path) -> bytes:
    """A sample; what was recorded on another day happens on that of the others."""
    return sample.read_bytes().replace(b"2026-11-26 ", b"2026-03-02 ").replace(b"17956516", b"17724096")


def followed(source: str, sample: Path, mapping: str, found: Expected) -> Feed:
    """A log that grows: half of it is there at the start, cut within a line, the rest comes while it is followed."""

    def feed(here: Here) -> Expected:
        content = of_the_day(sample)
        log, state = here.home / "log", here.home / "state.json"
        log.write_bytes(content[: len(content) // 2])
        with running(command(here.settings, source, state, "--follow", log, *here.mapping(mapping))) as (process, _):
            with log.open("ab") as file:
                file.write(content[len(content) // 2 :])
            until_read(state, log)
            process.terminate()
            assert 0 == process.wait(PATIENCE)
        return found

    return feed


def sent(source: str, samples: Sequence[Path], mapping: str, found: Expected) -> Feed:
    """Finished files, for sources that tell a matter only when all of it is there. `found`: as in `followed`."""

    def feed(here: Here) -> Expected:
        paths = [here.home / sample.name for sample in samples]
        for path, sample in zip(paths, samples, strict=True):
            path.write_bytes(of_the_day(sample))
        words = ["--source", source, "--no-marks", *here.mapping(mapping), "--prefix", here.settings.topic_prefix]
        call = [sys.executable, "-m", "stream", "publish", *words, "--bootstrap-servers", here.settings.bootstrap_servers, *paths]
        subprocess.run(call, check=True, capture_output=True, timeout=PATIENCE)
        return found

    return feed


def morning() -> Callable[[], float]:
    """A clock that shows nine on the samples' day, and goes on."""
    shift = time.time() - (DAY / 1000 + 9 * 3_600)
    return lambda: time.time() - shift


def asterisk_ami(here: Here) -> Expected:
    """Calls come and go at a PBX; its own log is counted, word by word."""
    with pbx(5, morning()) as system:
        where = f"address: {system.address}\nusername: {USER}\nsecret_env: AMI_SECRET\npbx: manager"
        words = here.mapping(f"{where}\nqueues: {{billing: am-billing}}\ntell: [agents, calls]\nreconcile: 5s")
        with running(command(here.settings, "asterisk-ami", here.home / "state.json", *words), AMI_SECRET=SECRET) as (process, _):
            for _ in range(STEPS):
                system.step()
            said = Counter(line.split(b"|")[4].decode() for line in system.log)
            told = {
                "offered": said["ENTERQUEUE"],
                "answered": said["CONNECT"],
                "abandoned": said["ABANDON"],
                "flowed_out": said["EXITWITHTIMEOUT"],
            }
            people = {f"manager/{name}": system.state_of(name) for name in MEMBERS}
            until_told(here.settings, {"am-billing": told}, people)
            process.terminate()
            assert 0 == process.wait(PATIENCE)
        return {"am-billing": {**told, "waiting": len(system.waiting), "staffed": there(people)}}


def freeswitch_event_socket(here: Here) -> Expected:
    """Calls come and go at a switch; the events that it sent are counted by their names."""
    with switch(5, morning()) as system:
        words = here.mapping(
            f"address: {system.address}\npassword_env: ESL_PASSWORD\norigin: socket\nqueues: {{billing: es-billing, sales: es-sales}}"
        )
        called = command(here.settings, "freeswitch-event-socket", here.home / "state.json", *words)
        with running(called, ESL_PASSWORD=PASSWORD) as (process, _):
            for _ in range(STEPS):
                system.step()
                time.sleep(0.002)  # nobody enters a queue and leaves it in the same millisecond
            people = {name: system.state_of(name) for name in AGENTS}
            told = {}
            for queue in (BILLING, SALES):
                said = [one for one in map(json.loads, system.log) if one.get("CC-Queue") == queue]
                actions, reasons = Counter(one["CC-Action"] for one in said), Counter(one.get("CC-Cancel-Reason") for one in said)
                told[f"es-{queue.partition('@')[0]}"] = {
                    "offered": actions["member-queue-start"],
                    "answered": actions["bridge-agent-start"],
                    "abandoned": reasons["BREAK_OUT"],
                    "flowed_out": reasons["TIMEOUT"],
                }
            until_told(here.settings, told, people)
            process.terminate()
            assert 0 == process.wait(PATIENCE)
        waiting = Counter(f"es-{system.members[call].queue.partition('@')[0]}" for call in system.of(bridged=False))
    return {queue: {**figures, "waiting": waiting[queue], "staffed": there(people)} for queue, figures in told.items()}


def there(people: dict[str, str]) -> int:
    """How many of them are staffed: on no break."""
    return sum(state != "paused" for state in people.values())


def until_told(settings: Settings, told: dict[str, dict[str, int]], people: dict[str, str]) -> None:
    """Wait until the topics hold so many events of each outcome in each queue, and the state of everybody."""
    deadline = time.monotonic() + PATIENCE
    while True:
        events = sorted({one.id: one for one in published(settings)}.values(), key=order)
        found = Counter((one.data.get("queue"), one.type.partition(".")[2]) for one in events)
        states = {one.subject: one.data["state"] for one in events if one.subject in people}
        seen = {queue: {name: found[queue, name] for name in outcomes} for queue, outcomes in told.items()}
        if (told, people) == (seen, states):
            return
        assert time.monotonic() < deadline, (told, seen, people, states)
        time.sleep(0.2)


def database(here: Here) -> Expected:
    """A table of finished calls, two rows at the start and two while it is read: two answered after 10 and 30 s, two abandoned."""
    path = here.home / "calls.sqlite"
    rows = [(1, "09:00:00", "09:00:10"), (2, "09:01:00", None), (3, "09:02:00", "09:02:30"), (4, "09:03:00", None)]
    with closing(sqlite3.connect(path)) as table:

        def insert(number: int, began: str, answered: str | None) -> None:
            times = [None if one is None else f"2026-03-02 {one}" for one in (began, answered, "09:05:00")]
            table.execute("insert into calls values (?, ?, ?, ?, 'db-billing', ?)", (number, *times, "DONE" if answered else "GONE"))
            table.commit()

        columns = "began timestamp, answered timestamp, ended timestamp, queue varchar(20), result varchar(9)"
        table.execute(f"create table calls (id integer primary key, {columns})")
        for row in rows[:2]:
            insert(*row)
        text = """time_zone: UTC
contact: { id: [id] }
times: { columns: [began, answered, ended], format: iso }
begun: began
offered: began
answered: answered
ended: ended
left_queue: ended
queue: { column: queue }
channel: { value: call }
outcome: { column: result, values: { DONE: answered, GONE: abandoned } }
database: { url_env: CALLS_URL, table: calls, high_water: id, poll: 200ms }"""
        called = command(here.settings, "database", here.home / "state.json", *here.mapping(text))
        with running(called, CALLS_URL=f"sqlite:///{path}") as (process, address):
            for row in rows[2:]:
                insert(*row)
            deadline = time.monotonic() + PATIENCE
            while 'cc_source_lines_total{source="database"} 4' not in page(address):
                assert time.monotonic() < deadline, page(address)
                time.sleep(0.1)
            process.terminate()
            assert 0 == process.wait(PATIENCE)
    return {"db-billing": {"offered": 4, "answered": 2, "abandoned": 2, "wait_answered_mean_seconds": 20.0}}


def kafka(here: Here) -> Expected:
    """A topic of another system, half of its records there at the start: of ten calls in each queue two are never taken."""
    topic = topic_of_theirs(here.settings)
    values = [as_json(one) for one in story(20)[0]]
    send(here.settings, topic, values[:20])
    text = MAPPING.replace("TOPIC", topic).replace("FORMAT", "json").replace("billing", "kt-billing").replace("sales", "kt-sales")
    called = command(here.settings, "kafka", here.home / "state.json", *here.mapping(text.replace("version: 1\n", "")))
    with running(called) as (process, address):
        send(here.settings, topic, values[20:])
        until(lambda: metrics(address)["cc_source_lines_total"] == len(values), "read all")
        process.terminate()
        assert 0 == process.wait(PATIENCE)
    of_each = {"offered": 10, "answered": 8, "waiting": 2, "wait_answered_mean_seconds": 10.0}
    return {"kt-billing": of_each, "kt-sales": of_each}


def mails(name: str) -> list[bytes]:
    """Those of a sample of `email`."""
    with closing(mbox(HERE / f"email/{name}.mbox")) as box:
        return [bytes(one) for one in box]


def imap(here: Here) -> Expected:
    """The mails of the samples of `email` in a mailbox of a Dovecot: some lie there, the others come while it is followed."""
    (home := here.home / "dovecot").mkdir()
    server = Dovecot(part("dovecot"), home)
    try:
        come, sent_ = mails("inbox"), mails("sent")
        for mail in come[::2]:
            server.deliver(BILLING_MAIL, mail)
        text = test_email.MAPPING.replace(": billing", ": im-billing").replace(": sales", ": im-sales")
        where = f"host: 127.0.0.1:{server.port}, tls: none, poll: 1s"
        box = f"billing: {{ username: {BILLING_MAIL}, password_env: MAIL_PASSWORD }}"
        mapping = here.mapping(f"origin: imap{text}imap: {{ {where}, mailboxes: {{ {box} }} }}")
        with running(command(here.settings, "imap", here.home / "state", *mapping), MAIL_PASSWORD=MAIL_PASSWORD) as (process, address):
            for mail in sent_:
                server.send(BILLING_MAIL, mail)
            for mail in come[1::2]:
                server.deliver(BILLING_MAIL, mail)
            deadline = time.monotonic() + PATIENCE
            while f'cc_source_lines_total{{source="imap/billing"}} {len(come) + len(sent_)}' not in page(address):
                assert time.monotonic() < deadline, page(address)
                time.sleep(0.1)
            process.terminate()
            assert 0 == process.wait(PATIENCE)
    finally:
        server.stop()
    return expected(test_email.MEASURES, test_email.BY_HAND, {"billing": "im-billing", "sales": "im-sales"})


FED: Final[dict[str, Feed]] = {
    "asterisk-queue-log": followed(
        "asterisk-queue-log",
        QUEUE_LOGS / "modern.log",
        "queues: {billing: ql-billing, sales: ql-sales}",
        expected(
            test_asterisk_queue_log.MEASURES,
            test_asterisk_queue_log.BY_HAND["modern.log"],
            {"billing": "ql-billing", "sales": "ql-sales"},
        ),
    ),
    "asterisk-cdr": sent(
        "asterisk-cdr",
        [test_asterisk_cdr.RECORDED],
        "trunks: [SIP/trunk]\npbx: records",
        expected((), {}, {}, before_queue=test_asterisk_cdr.BY_HAND[1]),
    ),
    "asterisk-cel": followed(
        "asterisk-cel",
        test_asterisk_cel.RECORDED,
        "trunks: [SIP/trunk]\npbx: channels",
        expected((), {}, {}, before_queue=test_asterisk_cdr.BY_HAND[1]),
    ),
    "asterisk-ami": asterisk_ami,
    "amazon-connect": followed(
        "amazon-connect",
        HERE / "amazon_connect/events.jsonl",
        'origin: emea\nqueues: {q-billing: ac-billing, "arn:aws:connect:eu-central-1:111122223333:instance/i1/queue/q-sales": ac-sales}',
        expected(COUNTS, test_amazon_connect.BY_HAND, {"billing": "ac-billing", "sales": "ac-sales"}, before_queue=1),
    ),
    "amazon-connect-records": followed(
        "amazon-connect-records",
        HERE / "amazon_connect/records.json",
        "origin: records\nqueues: {Billing: ar-billing, Sales: ar-sales}",
        expected(COUNTS, test_amazon_connect_records.BY_HAND, {"Billing": "ar-billing", "Sales": "ar-sales"}, before_queue=1),
    ),
    "chatwoot": followed(
        "chatwoot",
        HERE / "chatwoot/webhooks.jsonl",
        "queues: {inbox-3: cw-support, inbox-4: cw-mail, inbox-6: cw-messengers, team-5: cw-billing}",
        expected(COUNTS, test_chatwoot.BY_HAND, {name: f"cw-{name}" for name in ("support", "mail", "messengers", "billing")}),
    ),
    "database": database,
    "email": sent(
        "email",
        [HERE / "email/inbox.mbox", HERE / "email/sent.mbox"],
        test_email.MAPPING.replace(": billing", ": em-billing").replace(": sales", ": em-sales"),
        expected(test_email.MEASURES, test_email.BY_HAND, {"billing": "em-billing", "sales": "em-sales"}),
    ),
    "freeswitch": followed(
        "freeswitch",
        HERE / "freeswitch/callcenter.jsonl",
        'queues: {"billing@default": fs-billing, sales: fs-sales}',
        expected(COUNTS, test_freeswitch.BY_HAND, {"billing": "fs-billing", "sales": "fs-sales"}),
    ),
    "freeswitch-event-socket": freeswitch_event_socket,
    "imap": imap,
    "genesys-cloud": followed(
        "genesys-cloud",
        HERE / "genesys_cloud/notifications.jsonl",
        "queues: {g-billing: gc-billing, g-sales: gc-sales}",
        expected(COUNTS, test_genesys_cloud.BY_HAND, {"billing": "gc-billing", "sales": "gc-sales"}),
    ),
    "intercom": followed(
        "intercom",
        HERE / "intercom/notifications.jsonl",
        "queues: {no-team: ic-lobby, '77': ic-support}",
        expected(COUNTS, test_intercom.BY_HAND, {"lobby": "ic-lobby", "support": "ic-support"}),
    ),
    "twilio-taskrouter": followed(
        "twilio-taskrouter",
        HERE / "twilio_taskrouter/streams.jsonl",
        "queues: {billing desk: tr-billing, WQs0: tr-sales}",
        expected(COUNTS, test_twilio_taskrouter.BY_HAND, {"billing": "tr-billing", "sales": "tr-sales"}),
    ),
    "zammad": followed(
        "zammad",
        HERE / "zammad/webhooks.jsonl",
        "queues: {Service Desk: za-desk, '4': za-billing}",
        expected(COUNTS, test_zammad.BY_HAND, {"desk": "za-desk", "billing": "za-billing"}),
    ),
    "zendesk": followed(
        "zendesk",
        HERE / "zendesk/events.jsonl",
        "queues: {'70': ze-desk, '71': ze-billing}",
        expected(COUNTS, test_zendesk.BY_HAND, {"desk": "ze-desk", "billing": "ze-billing"}),
    ),
    "kafka": kafka,
}
ELSEWHERE: Final = {
    "call-log": "tests/verify/test_live_equals_replay.py",
    "events": "tests/verify/test_live_equals_replay.py",
    "webhooks": "tests/intake/webhooks/gateways.py",
}
"""Sources that go through a live worker in a test of their own: in which, or what it starts them with."""


@dataclass(frozen=True, slots=True)
class Live:
    """What came of it: by source what it should be, or why it could not be fed; by queue ("" is the whole) what the worker says."""

    fed: dict[str, Future[Expected]]
    measures: dict[str, dict[str, Any]]
    metrics: dict[tuple[str, str], float]


@pytest.fixture(scope="module")
def live(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """All sources fed into one installation with one worker, up to the end of the day."""
    place = tmp_path_factory.mktemp("sources")
    promises = Promises(centre=Centre(), standards=(), centre_file=None, standards_file=DEFAULT_STANDARDS)
    with playing(Settings(bootstrap_servers=broker.bootstrap), promises, place, 1) as play:
        with ThreadPoolExecutor(4) as pool:
            fed = {}
            for source, feed in FED.items():
                (home := place / source).mkdir()
                fed[source] = pool.submit(feed, Here(play.settings, home))
        with closing(Sending(play.settings, "end")) as sending:
            sending.tell(END, final=True)
        play.wait("the worker has come to the end", lambda: play.outputs.settled(END) >= play.settings.partitions)
        play.outputs.drain()
        found = report(play.outputs.figures)["scopes"]
        measures = {one["scope"].get("queue", ""): one["measures"] for one in found if "channel" not in one["scope"]}
        with urllib.request.urlopen(f"{play.workers[0].address}/metrics") as answer:  # noqa: S310 - our own address
            yield Live(fed, measures, _counters(answer.read().decode()))


def _counters(text: str) -> dict[tuple[str, str], float]:
    """By queue and outcome the contacts that /metrics counts."""
    names = {f"cc_contacts_{name}_total": name for name in METRICS}
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples if one.name in names]
    found: Counter[tuple[str, str]] = Counter()
    for one in samples:
        found[one.labels["queue"], names[one.name]] += int(one.value)
    return dict(found)


@pytest.mark.parametrize("source", FED)
def test_a_source_gives_the_figures_that_were_counted_by_hand(source: str, live: Live) -> None:
    """In the last readings of its queues, and on /metrics."""
    wanted = {queue: figures for queue, figures in live.fed[source].result().items() if queue}
    shown = {queue: {name: live.measures.get(queue, {}).get(name) for name in figures} for queue, figures in wanted.items()}
    assert wanted == shown
    counted = {
        (queue, name): figures[name] + TAKEN_BACK.get((queue, name), 0)
        for queue, figures in wanted.items()
        for name in METRICS
        if name in figures
    }
    assert counted == {place: live.metrics.get(place) for place in counted}


def test_the_whole_is_the_sum_of_its_sources(live: Live) -> None:
    """What no queue has, too: callers who gave up before any."""
    parts = [figures for fed in live.fed.values() for figures in fed.result().values()]
    names = ("offered", "answered", "abandoned_before_queue")
    assert {name: sum(part.get(name, 0) for part in parts) for name in names} == {name: live.measures[""][name] for name in names}


def test_no_source_is_left_out() -> None:
    """Whatever can be read or listened to is fed here, or names the test in which a live worker has it."""
    assert {*SOURCES, *INTAKES} == {*FED, *ELSEWHERE}
    assert {*FED}.isdisjoint(ELSEWHERE)
    assert [] == [source for source, path in ELSEWHERE.items() if f'"{source}"' not in (ROOT / path).read_text(encoding="utf-8")]
