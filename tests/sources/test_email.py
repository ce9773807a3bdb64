"""Mails: made-up mailboxes with warts, figures that were counted by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from stream.cli import main
from stream.config.yaml import parse
from stream.core.events import Event, order
from stream.errors import AnswerableError
from stream.intake.files import read_events
from stream.sources.email import Place, carried, prepare
from stream.sources.mail.headers import Headers
from stream.sources.mail.mapping import read_mapping
from stream.sources.mail.threads import parents, root
from stream.sources.records import Rejected, Unknown
from stream.wire.codec import from_json
from tests.sources.queue_logs import figures
from tests.sources.vendors import DAY, fits_on_the_wire, sample, source

NAME: Final = "email"
MAPPING: Final = """
domains: [acme.example]
queues: { Billing@acme.example: billing, sales@acme.example: sales }
agents: { a1: [a1@acme.example] }
agent_header: X-Agent
"""
MEASURES: Final = ("offered", "answered", "waiting")
BY_HAND: Final = {"billing": (2, 2, 0), "sales": (3, 0, 3)}
INBOX: Final = sample("email/inbox.mbox")
SENT: Final = sample("email/sent.mbox")
HERE: Final = Path(__file__).parent / "email"
MINUTE: Final = 60_000


def events_of(*files: Iterable[bytes], mapping: str = MAPPING) -> list[Event]:
    """The events of files."""
    made = source(NAME, mapping)
    assert made.fold is not None
    found = [one for lines in files for one in made.translate(lines) if isinstance(one, Event)]
    return list(made.fold(sorted(found, key=order)))


def mail(*headers: str) -> list[bytes]:
    """A single mail's file."""
    return [f"{one}\n".encode("latin-1") for one in (*headers, "", "text")]


def short(found: list[Event]) -> list[tuple[int, str, str, str]]:
    """Minutes since 09:00 UTC, author, queue and agent."""
    return [((one.time - DAY) // MINUTE - 540, one.data["author"], one.data["queue"], one.data.get("agent_id", "")) for one in found]


def test_threads_become_questions_and_answers() -> None:
    """Arrival by the server's stamp, not the writer's; machines, forwards and what we begin are left out."""
    found = events_of(INBOX, SENT)
    assert [
        (0, "customer", "billing", ""),
        (5, "customer", "sales", ""),
        (30, "agent", "billing", "a1"),
        (60, "customer", "billing", ""),
        (80, "agent", "billing", "a2"),
        (90, "customer", "sales", ""),
        (100, "customer", "sales", ""),
    ] == short(found)
    assert 4 == len({one.subject for one in found})
    assert fits_on_the_wire(found)


def test_the_figures_of_a_mailbox_are_those_counted_by_hand() -> None:
    """Two questions answered after 30 and 20 minutes, three wait."""
    found = figures(events_of(INBOX, SENT))
    assert BY_HAND == {queue: tuple(found[queue][one] for one in MEASURES) for queue in BY_HAND}
    assert 25 * 60.0 == found["billing"]["wait_answered_mean_seconds"]


def test_order_of_files_and_copies_change_nothing() -> None:
    """The same mails in another order, and in two folders, are the same events."""
    assert events_of(INBOX, SENT) == events_of(SENT, INBOX, SENT, INBOX)


def test_nothing_of_a_mail_but_ids_and_times_gets_into_events() -> None:
    """No address, no subject, no text, no name of a host."""
    written = repr(events_of(INBOX, SENT))
    assert not [one for one in ("@", "web.example", "Customer", "Text", "utf-8") if one in written]


def test_what_is_no_mail_of_people_is_told_by_its_kind() -> None:
    """Four machines wrote to us; we forwarded among ourselves."""
    found = [one.word for lines in (INBOX, SENT) for one in source(NAME, MAPPING).translate(lines) if isinstance(one, Unknown)]
    assert [*["automatic mail"] * 4, "mail among ourselves"] == found


def test_a_file_without_an_envelope_is_one_mail() -> None:
    """As in a maildir; a line of its text that looks like an envelope begins no other."""
    lines = [*mail("From: c1@web.example", "To: sales@acme.example", "Date: Mon, 2 Mar 2026 09:01:00 +0000"), b"\n", *SENT]
    assert [(1, "customer", "sales", "")] == short(events_of(lines))


def test_customers_have_pseudonyms_where_the_mapping_asks(tmp_path: Path) -> None:
    """Two mails of one address have one pseudonym, under the key; the address is nowhere."""
    mapping = tmp_path / "email.yaml"
    mapping.write_text(f"version: 1\n{MAPPING}customers: true\n")
    with read_events(NAME, mapping, [HERE / "inbox.mbox"], pseudonym_key="k" * 32) as events:
        found = [one.data["customer_ref"] for one in events]
    assert (5, 3) == (len(found), len(set(found)))
    assert not [one for one in found if "@" in one]


@pytest.mark.parametrize(
    "machine",
    [
        "Auto-Submitted: auto-generated; owner=x",
        "Precedence: BULK",
        "Precedence: auto_reply",
        "List-Id: <l.web.example>",
        "List-Unsubscribe: <https://web.example/u>, <mailto:u@web.example>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "X-Autoreply: yes",
        "Return-Path: < >",
        "Content-Type: multipart/report; boundary=x",
    ],
)
def test_mail_of_machines_is_no_message(machine: str) -> None:
    """Each of the marks by itself is enough."""
    lines = mail("From: c1@web.example", "To: sales@acme.example", "Date: Mon, 2 Mar 2026 09:01:00 +0000", machine)
    assert [Unknown("automatic mail")] == list(source(NAME, MAPPING).translate(lines))


@pytest.mark.parametrize(
    "mark",
    [
        *("X-Auto-Response-Suppress: All", "List-Id: <sales.acme.example>", "Precedence: list", "Precedence: bulk"),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ],
)
def test_an_answer_that_the_desk_marked_is_an_answer(mark: str) -> None:
    """What a desk sends for an agent asks for no vacation notes, goes by the group, or has a robot's precedence."""
    asked = mail("From: c1@web.example", "To: sales@acme.example", "Date: Mon, 2 Mar 2026 09:01:00 +0000", "Message-ID: <q@web.example>")
    answered = mail(
        *("From: a1@acme.example", "To: c1@web.example", "Date: Mon, 2 Mar 2026 09:05:00 +0000"),
        *("Message-ID: <a@acme.example>", "In-Reply-To: <q@web.example>", mark),
    )
    assert [(1, "customer", "sales", ""), (5, "agent", "sales", "a1")] == short(events_of(asked, answered))


@pytest.mark.parametrize(
    "marks",
    [
        ("List-Unsubscribe: <mailto:u@web.example>", "In-Reply-To: <a@acme.example>"),
        ("List-Unsubscribe: <mailto:u@web.example>", "References: <q@web.example> <a@acme.example>"),
        ("List-Unsubscribe: <mailto:u@acme.example>", "Precedence: list"),
        ("List-Unsubscribe: <mailto:u@acme.example>", "List-Id: <sales.acme.example>"),
        ("List-Unsubscribe-Post: List-Unsubscribe=One-Click", "List-Id: <sales.acme.example>"),
    ],
)
def test_what_answers_a_mail_or_came_by_our_group_is_no_newsletter(marks: tuple[str, ...]) -> None:
    """Groups write how to leave them into what they pass on; some software does so in any mail."""
    lines = mail("From: c1@web.example", "To: sales@acme.example", "Date: Mon, 2 Mar 2026 09:01:00 +0000", *marks)
    assert [(1, "customer", "sales", "")] == short(events_of(lines))


@pytest.mark.parametrize(
    "marks",
    [
        ("List-Unsubscribe: <mailto:u@web.example>", "References: none"),
        ("List-Unsubscribe: <mailto:u@web.example>", "List-Id: <l.web.example>", "In-Reply-To: <a@acme.example>"),
        ("List-Unsubscribe-Post: List-Unsubscribe=One-Click", "In-Reply-To: <a@acme.example>"),
        ("List-Unsubscribe-Post: List-Unsubscribe=One-Click", "Precedence: list"),
    ],
)
def test_what_can_be_unsubscribed_went_to_many(marks: tuple[str, ...]) -> None:
    """At one click, or where it answers nothing: newsletters say it, also where they are no list by name."""
    lines = mail("From: c1@web.example", "To: sales@acme.example", "Date: Mon, 2 Mar 2026 09:01:00 +0000", *marks)
    assert [Unknown("automatic mail")] == list(source(NAME, MAPPING).translate(lines))


@pytest.mark.parametrize("where", ["To", "Cc", "Delivered-To"])
@pytest.mark.parametrize("mark", ["X-Auto-Response-Suppress: All", "List-ID: Sales <sales.acme.example>", "Precedence: list"])
def test_a_question_that_came_by_a_group_is_a_question(mark: str, where: str) -> None:
    """A shared mailbox may be a group, which marks whatever it passes on."""
    lines = mail("From: c1@web.example", f"{where}: sales@acme.example", "Date: Mon, 2 Mar 2026 09:01:00 +0000", mark)
    assert [(1, "customer", "sales", "")] == short(events_of(lines))


@pytest.mark.parametrize("mark", ["List-Id: <l.web.example>", "Precedence: list"])
def test_a_list_that_a_mailbox_reads_along_is_no_question(mark: str) -> None:
    """Written to the list, and found in the mailbox only because a subscriber's copy lies there."""
    lines = mail("From: c1@web.example", "To: l@web.example", "Date: Mon, 2 Mar 2026 09:01:00 +0000", mark)
    found = [carried(Headers(lines), lines, read_mapping(parse(f"version: 1\n{MAPPING}", "m.yaml")), 1, Place(queue="sales"))]
    assert [Unknown("automatic mail")] == found


def test_auto_submitted_no_is_written_by_people() -> None:
    """RFC 3834: "no" is what a person's mail may say."""
    lines = mail("From: c1@web.example", "To: sales@acme.example", "Date: Mon, 2 Mar 2026 09:01:00 +0000", "Auto-Submitted: no")
    assert 1 == len(events_of(lines))


@pytest.mark.parametrize("header", ["Date: yesterday", "Date: Mon, 99 Mar 99999999 99:99:99 +9999999999", "X: y"])
def test_a_mail_without_a_time_is_set_aside(header: str) -> None:
    """It is no event, and the reason names no value of it."""
    found = list(source(NAME, MAPPING).translate(mail("From: c1@web.example", "To: sales@acme.example", header)))
    assert ["missing_field"] == [one.reason for one in found if isinstance(one, Rejected)]
    assert not [one for one in found if isinstance(one, Rejected) and "@" in one.detail]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4)), max_size=8))
def test_threads_do_not_depend_on_the_order_of_mails(found: list[tuple[str, list[str]]]) -> None:
    """Whoever refers to whom, also in rings."""
    links = parents(found)
    again = parents(sorted(found, reverse=True))
    first: dict[str, str] = {}
    second: dict[str, str] = {}
    assert {one: root(one, links, first) for one in "abcdef"} == {one: root(one, again, second) for one in reversed("abcdef")}


def test_a_very_long_thread_is_walked_once() -> None:
    """Each mail knows only the one before it; a walk from each to the first would take hours."""
    links = parents((str(number), [str(number - 1)]) for number in range(1, 100_001))
    known: dict[str, str] = {}
    assert {"0"} == {root(str(number), links, known) for number in range(100_000, 0, -1)}


HEADER: Final = st.sampled_from(
    ["From", "To", "Date", "Received", "References", "Message-ID", "Content-Type", "Sender", "In-Reply-To", "Return-Path"]
)
VALUE: Final = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"c1@web.example", b"<sales@acme.example>", b"Mon, 2 Mar 2026 09:01:00 +0000", b"x; Mon, 2 Mar 2026 10:00 +0100", b"<a@b> <c@d>"]
    ),
)


@given(st.lists(st.one_of(st.binary(max_size=80), st.builds(lambda name, value: name.encode() + b": " + value, HEADER, VALUE))))
def test_no_bytes_whatever_raise(lines: list[bytes]) -> None:
    """Broken headers become rejects, unknowns or events that fit on the wire."""
    raw = b"\n".join([b"From x 10:00", *lines]).splitlines(keepends=True)
    assert fits_on_the_wire(events_of(raw, raw))


def test_enormous_headers_are_cut() -> None:
    """A million ids, folded and in one line, and a hundred thousand brackets."""
    huge = mail(
        "References: " + "<a@b> " * 1_000_000,
        "From: c1@web.example",
        "To: sales@acme.example, " + "(<" * 100_000,
        "Date: Mon, 2 Mar 2026 09:01:00 +0000",
        "X-Later: y",
    )
    assert 1 == len(events_of([*huge[1:4], huge[0], *huge[4:]]))
    assert 0 < len(Headers(huge).ids("references")) <= 100


def test_a_mapping_is_needed_and_names_the_mailboxes() -> None:
    """Without our addresses nobody knows who asks and who answers."""
    with pytest.raises(AnswerableError, match="which addresses are yours"):
        prepare(None, from_json)
    with pytest.raises(AnswerableError, match="queues is missing"):
        prepare(parse("version: 1\ndomains: [acme.example]", "mapping.yaml"), from_json)


def test_replay_reads_mailboxes(tmp_path: Path) -> None:
    """As an administrator calls it."""
    mapping = tmp_path / "email.yaml"
    mapping.write_text(f"version: 1\n{MAPPING}")
    run = CliRunner().invoke(
        main, ["replay", "--source", NAME, "--mapping", str(mapping), str(HERE / "inbox.mbox"), str(HERE / "sent.mbox")]
    )
    assert 0 == run.exit_code, run.output


def test_replay_reads_maildirs_and_names_the_mail_that_is_none(tmp_path: Path) -> None:
    """By their directories, as they usually are: nothing new, and a folder for what was sent."""
    mapping = tmp_path / "email.yaml"
    mapping.write_text(f"version: 1\n{MAPPING}")
    inbox, sent = tmp_path / "Maildir", tmp_path / "Maildir" / ".Sent"
    for folder in (inbox, sent):
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True)
    asked = mail("From: c1@web.example", "To: sales@acme.example", "Date: Mon, 2 Mar 2026 09:01:00 +0000", "Message-ID: <q@web.example>")
    answered = mail("From: a1@acme.example", "To: c1@web.example", "Date: Mon, 2 Mar 2026 09:05:00 +0000", "In-Reply-To: <q@web.example>")
    (inbox / "cur" / "1.m.host:2,S").write_bytes(b"".join(asked))
    (inbox / "tmp" / "2.m.host").write_bytes(b"".join(asked))
    (sent / "cur" / "3.m.host:2,S").write_bytes(b"".join(answered))
    call = ["replay", "--source", NAME, "--mapping", str(mapping), "--report", "json", str(inbox), str(sent)]
    run = CliRunner().invoke(main, call)
    assert 0 == run.exit_code, run.output
    sales = next(one["measures"] for one in json.loads(run.stdout)["scopes"] if one["scope"] == {"queue": "sales"})
    assert (1, 1, 240.0) == tuple(sales[one] for one in ("offered", "answered", "wait_answered_mean_seconds"))

    spoilt = inbox / "cur" / "4.m.host:2,"
    spoilt.write_bytes(b"To: sales@acme.example\n\n")
    run = CliRunner().invoke(main, call)
    assert (1, f"{spoilt}, line 1: missing_field: the mail has no From with an address") == (run.exit_code, run.stderr.splitlines()[0])

    run = CliRunner().invoke(main, [*call[:-2], str(tmp_path)])
    assert (2, f"Error: {tmp_path} is a directory without cur and new, so no maildir: name one, or files of mails.\n") == (
        run.exit_code,
        run.stderr,
    )
