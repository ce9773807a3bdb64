"""Mailboxes of a real Dovecot are read into a real Kafka: what their export gives, once, through kills, restarts and outages."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random
from typing import Final

import pytest

from stream.config.settings import Settings
from stream.embedded.broker import Broker
from tests.conftest import part
from tests.intake.listening import PATIENCE, command, installation, page, plain, published, running, until
from tests.intake.mailboxes import BILLING, SALES, WHO, exported, mail
from tests.parts.dovecot import PASSWORD, Dovecot
from tests.parts.topics import records_of
from tests.sources.queue_logs import figures

WHERE: Final = """version: 1
{who}
imap:
  host: 127.0.0.1:{port}
  tls: none
  poll: {poll}
  mailboxes:
    billing: {{ username: {billing}, password_env: MAIL_PASSWORD }}
    sales: {{ username: {sales}, password_env: MAIL_PASSWORD, inbox: [INBOX, Done] }}
"""


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[Dovecot]:
    """A mail server of the test's own."""
    (tmp_path / "dovecot").mkdir()
    server = Dovecot(part("dovecot"), tmp_path / "dovecot")
    with server.user(SALES) as client:
        client.create("Done")
    yield server
    server.stop()


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """An installation that nobody else uses."""
    return installation(broker)


def called(settings: Settings, directory: Path, server: Dovecot, poll: str = "1s") -> list[str]:
    """The call of `answerable listen`."""
    mapping = directory / "email.yaml"
    mapping.write_text(WHERE.format(who=WHO, port=server.port, poll=poll, billing=BILLING, sales=SALES))
    return command(settings, "imap", directory / "state.sqlite", "--mapping", mapping)


def listening(
    settings: Settings, directory: Path, server: Dovecot, poll: str = "1s"
) -> AbstractContextManager[tuple[subprocess.Popen[bytes], str]]:
    """A running `answerable listen`, ready, with the address of its pages."""
    return running(called(settings, directory, server, poll), MAIL_PASSWORD=PASSWORD)


def ids(settings: Settings) -> set[str]:
    """What the topics hold."""
    return {one.id for one in published(settings)}


def test_mailboxes_become_what_their_export_becomes_once(settings: Settings, dovecot: Dovecot, tmp_path: Path) -> None:
    """Old mails, what comes while the server tells of it (IDLE), and what comes while nobody listens: each message once, nothing personal.

    The mailboxes stay as they are: nothing is marked as read.
    """
    mails = [
        mail(1, 0),
        mail(2, 5, to=SALES),
        mail(3, 30, agent="a1", after=(1,)),
        mail(4, 31, more="Auto-Submitted: auto-replied"),
        b"Subject: PRIVATE matter of nobody\n\ntext\n",
    ]
    for one in (mails[0], mails[3], mails[4]):
        dovecot.deliver(BILLING, one)
    dovecot.deliver(SALES, mails[1])
    dovecot.send(BILLING, mails[2])
    before = dovecot.flags(BILLING)
    with listening(settings, tmp_path, dovecot, poll="10m") as (process, address):
        until(lambda: {one.id for one in exported(mails)} == ids(settings), "read what was there")
        mails.append(mail(6, 60, after=(1, 3)))
        dovecot.deliver(BILLING, mails[-1])
        until(lambda: {one.id for one in exported(mails)} == ids(settings), "heard of a new mail")
        mails.append(mail(7, 70, agent="a2", after=(1, 3, 6)))
        dovecot.send(BILLING, mails[-1])
        until(lambda: {one.id for one in exported(mails)} == ids(settings), "heard of a new answer")
        lines = page(address)
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    mails += [mail(8, 80, to=SALES), mail(9, 90, after=(1, 3, 6, 7)), mail(10, 95, to=SALES, agent="a1", after=(2,))]
    dovecot.deliver(SALES, mails[-3])
    dovecot.deliver(BILLING, mails[-2])
    dovecot.send(SALES, mails[-1])
    with listening(settings, tmp_path, dovecot, poll="10m"):
        until(lambda: {one.id for one in exported(mails)} == ids(settings), "read what came meanwhile")
        with dovecot.user(SALES) as client:
            client.select("INBOX")
            client.copy("1:*", "Done")
    found = published(settings)
    letters = [json.loads(one.value) for one in records_of(settings, ("dead-letters",))]

    assert plain(exported(mails)) == plain(found)
    assert figures(exported(mails)) == figures(found)
    assert (0, "7 lines read, 5 events published, 1 rejected (see dead-letters), 1 unknown and passed over.\n") == (
        process.returncode,
        said.decode(),
    )
    assert {
        'cc_source_connected{source="imap/billing"} 1',
        'cc_source_backlog{source="imap/billing"} 0',
        'cc_source_unknown_total{source="imap/billing"} 1',
        'cc_source_rejected_total{source="imap/billing",reason="missing_field"} 1',
        'cc_source_events_total{source="imap/sales"} 1',
        'cc_source_silent_after_seconds{source="imap/sales",channel="email"} 14400.0',
    } <= set(lines)
    assert ["the mail has no From with an address (mailbox billing)"] == [one["detail"] for one in letters]
    assert before == dovecot.flags(BILLING)[: len(before)]
    written = repr((found, letters, said)).encode() + (tmp_path / "state.sqlite").read_bytes()
    assert not [one for one in (b"PRIVATE", b".example", PASSWORD.encode()) if one in written]


def test_kills_and_outages_lose_no_mail_and_double_no_contact(dovecot: Dovecot, tmp_path: Path) -> None:
    """Kill -9 in a loop, a mail server that restarts, a Kafka that dies: in the end the topic holds each message, most of them once."""
    random = Random(5)
    mails: list[bytes] = []
    threads: list[list[int]] = []

    def write(count: int) -> None:
        for _ in range(count):
            number = len(mails) + 1
            thread = random.choice(threads) if threads and random.random() < 0.7 else []
            agent = f"a{number % 3}" if thread and random.random() < 0.5 else ""
            mails.append(mail(number, number, after=tuple(thread), agent=agent))
            if agent:
                dovecot.send(BILLING, mails[-1])
            else:
                dovecot.deliver(BILLING, mails[-1])
            if not thread:
                threads.append(thread)
            thread.append(number)

    with Broker(tmp_path / "broker") as broker:
        settings = installation(broker)
        write(30)
        for _ in range(3):
            with listening(settings, tmp_path, dovecot) as (process, _):
                write(random.randrange(12))
                time.sleep(random.uniform(0, 0.3))
                process.kill()
                process.wait()
            write(random.randrange(6))
        with listening(settings, tmp_path, dovecot) as (process, address):
            with dovecot.down():
                until(lambda: 'cc_source_connected{source="imap/billing"} 0' in page(address), "missed the mail server")
            write(3)
            until(lambda: {one.id for one in exported(mails)} == ids(settings), "read on after the mail server's outage")
            broker.kill()
            write(3)
            broker.start()
            until(lambda: {one.id for one in exported(mails)} == ids(settings), "read on after Kafka's outage")
            process.terminate()
            _, said = process.communicate(timeout=PATIENCE)
        found = published(settings)

    once = list({one.id: one for one in found}.values())
    assert plain(exported(mails)) == plain(once)
    assert len({(one.id, one.subject) for one in found}) == len(once)
    assert figures(exported(mails)) == figures(once)
    assert 5 >= max(Counter(one.id for one in found).values())
    assert "Trying again; nothing is lost." in said.decode()
    assert not [one for one in ("PRIVATE", "web.example", PASSWORD) if one in said.decode()]


def test_mails_that_are_numbered_anew_count_once(settings: Settings, dovecot: Dovecot, tmp_path: Path) -> None:
    """UIDVALIDITY changes while the mailbox is followed: it says so, reads all again, tells only what is new."""
    mails = [mail(number, number) for number in range(1, 6)]
    for one in mails:
        dovecot.deliver(BILLING, one)
    with listening(settings, tmp_path, dovecot) as (process, address):
        until(lambda: len(ids(settings)) == len(mails), "read what was there")
        with dovecot.down():
            dovecot.renumber(BILLING)
            mails.append(mail(6, 6))
            dovecot.deliver(BILLING, mails[-1])
        until(lambda: len(ids(settings)) == len(mails), "read the new one")
        until(lambda: 'cc_source_lines_total{source="imap/billing"} 11' in page(address), "read all again")
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    assert plain(exported(mails)) == plain(published(settings))
    assert "The mail server has numbered the mails of billing anew: they are read again, and nothing counts twice.\n" in said.decode()
