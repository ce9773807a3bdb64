"""Mails of a mailbox that goes on: what earlier mails decided holds, whatever comes later and in whatever portions."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from email.utils import format_datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.config.yaml import parse
from stream.core.events import Event, order
from stream.errors import DeclarationError
from stream.sources.email import Place
from stream.sources.imap import FIELDS, NAME, ImapMapping, read, read_imap
from stream.sources.mail.conversations import Conversations, Known
from stream.sources.mail.files import mails
from stream.sources.records import CUSTOMER, Rejected, Unknown
from tests.docs.pages import ROOT, fences
from tests.intake.mailboxes import BEGUN, BILLING, SALES, WHO, exported, mail
from tests.sources.vendors import fits_on_the_wire, sample

BOX: Final = f"billing: {{ username: {BILLING}, password_env: X }}"
EMAIL: Final = read_imap(parse(f"version: 1\n{WHO}\nimap: {{ host: mail.example, mailboxes: {{ {BOX} }} }}", "email.yaml")).email
INBOX: Final = Place(queue="billing")
SENT: Final = Place(ours=True)


def carried(raw: bytes, place: Place = INBOX) -> Event:
    """A mail that is one of people."""
    found = read(raw.partition(b"\n\n")[0] + b"\n\n", EMAIL, place)
    assert isinstance(found, Event), found
    return found


def told(portions: Iterable[Iterable[Event]], known: Known) -> list[Event]:
    """The messages of portions, one after the other."""
    conversations = Conversations(EMAIL.origin, known)
    found = [event for some in portions for event in conversations.tell(sorted(some, key=order))]
    for event in found:
        event.data.pop(CUSTOMER, None)
    return found


THREADS: Final = st.lists(st.lists(st.booleans(), min_size=1, max_size=5), min_size=1, max_size=4)
"""Conversations, each a list of mails after its first: whether it is an answer."""


@given(THREADS, st.randoms(use_true_random=False), st.integers(1, 6))
def test_portions_in_any_order_are_what_all_at_once_is(threads: list[list[bool]], random: object, count: int) -> None:
    """An answer that is read before its question waits for it; mails that name all before them find their conversation."""
    written, number = [], 0
    for thread in threads:
        chain: tuple[int, ...] = ()
        for answer in [False, *thread]:
            number += 1
            written.append(mail(number, number, after=chain, agent="a1" if answer else ""))
            chain += (number,)
    mixed = [carried(one) for one in written]
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis hands it in
    found = told([mixed[at::count] for at in range(count)], Known())

    assert sorted(exported(written, named=False), key=order) == sorted(found, key=order)


LINKS: Final = st.lists(st.tuples(st.integers(1, 6), st.lists(st.integers(1, 6), max_size=3), st.booleans()), max_size=10)


@given(LINKS, st.integers(1, 5), st.integers(1, 5))
def test_what_was_decided_is_told_again_in_the_same_words(found: list[tuple[int, list[int], bool]], first: int, second: int) -> None:
    """Whoever refers to whom: mails that are read again, in other portions, are messages of the same conversations."""
    mails = [
        carried(mail(own, at, after=tuple(one for one in after if one != own), agent="a1" if answer else ""))
        for at, (own, after, answer) in enumerate(found)
    ]
    known = Known()
    once = told([mails[at : at + first] for at in range(0, len(mails), first)], known)
    again = told([mails[at : at + second] for at in range(0, len(mails), second)], known)

    decided = {one.id: (one.subject, one.data["queue"]) for one in once}
    assert {one.id: decided[one.id] for one in again if one.id in decided} == {
        one.id: (one.subject, one.data["queue"]) for one in again if one.id in decided
    }
    assert fits_on_the_wire(once)


def test_a_reply_that_names_only_the_mail_before_it_joins_what_is_known() -> None:
    """The oldest mail that it names was never seen, but a later one was."""
    known = Known()
    first = told([[carried(mail(1, 0)), carried(mail(2, 1, agent="a1", after=(1,)))]], known)
    later = told([[carried(mail(3, 2, after=(99, 2)))], [carried(mail(4, 3, after=(99,)))]], known)
    assert {first[0].subject} == {one.subject for one in (*first, *later)}


def test_the_place_says_what_headers_do_not() -> None:
    """A blind copy is the mailbox's; what lies among what was sent is ours; without any date the server's is taken."""
    hidden = b"From: c1@web.example\nTo: undisclosed\nMessage-ID: <x@y>\n"
    assert ("billing", 7_000) == ((one := carried(hidden, Place(queue="billing", arrived=7_000))).data["queue"], one.time)
    alias = carried(b"From: help@acme-brand.example\nTo: c1@web.example\nDate: " + format_datetime(BEGUN).encode() + b"\n", SENT)
    assert "queue" not in alias.data
    assert isinstance(read(hidden, EMAIL, Place(arrived=-(10**18))), Rejected)
    assert Unknown("mail to no mailbox of the mapping") == read(hidden, EMAIL, Place(arrived=7_000))


@given(st.binary(max_size=300), st.integers(-(10**18), 10**18))
def test_no_bytes_whatever_raise(raw: bytes, arrived: int) -> None:
    """Whatever a server sends as a header is a reject, unknown, or an event that fits on the wire."""
    found = read(raw, EMAIL, Place(queue="billing", arrived=arrived))
    if isinstance(found, Event):
        assert fits_on_the_wire(told([[found]], Known()))


@pytest.mark.parametrize("name", ["email/inbox.mbox", "email/sent.mbox"])
def test_the_headers_that_are_asked_for_are_enough(name: str) -> None:
    """With them alone each mail of the samples is what it is with all."""
    wanted = {*FIELDS, "x-agent"}
    for _, lines in mails(sample(name)):
        kept, keep = [], False
        for line in lines:
            keep = keep if line[:1] in b" \t" else line.partition(b":")[0].decode().lower() in wanted
            kept += [line] if keep else []
        whole, part = (read(b"".join(some), EMAIL, INBOX) for some in (lines, kept))
        if isinstance(whole, Event) and b"message-id" in b"".join(lines).lower():
            assert whole == part
        else:
            assert type(whole) is type(part)


def test_the_header_that_names_persons_is_a_name() -> None:
    """It is part of what the server is asked for, so it can hold nothing but a name."""
    text = f"version: 1\n{WHO}\nimap: {{ host: mail.example, mailboxes: {{ {BOX} }} }}".replace("X-Agent", "'X-A) BODY[TEXT]'")
    with pytest.raises(DeclarationError, match="write the name of a header, for example X-Agent"):
        read_imap(parse(text, "email.yaml"))


def mapped(imap: str) -> ImapMapping:
    """The mapping with this under `imap`."""
    return read_imap(parse(f"version: 1\nqueues: {{ {BILLING}: billing, {SALES}: sales }}\nimap: {{ {imap} }}", "email.yaml"))


def test_what_is_not_written_has_a_sensible_value() -> None:
    """TLS from the first byte, each minute, a month back, the inbox and the folder of what was sent; the port fits the way."""
    found = mapped(f"host: mail.example, mailboxes: {{ {BOX} }}")
    assert ("mail.example:993", None, "implicit") == (found.server.address, found.server.tls_ca, found.server.tls)
    assert (60_000, 30 * 86_400_000, None) == (found.poll, found.since, found.oauth)
    assert ("billing", ("INBOX",), None) == ((one := found.mailboxes[0]).queue, one.inbox, one.sent)
    assert "mail.example:143" == mapped(f"host: mail.example, tls: starttls, mailboxes: {{ {BOX} }}").server.address
    assert "[::1]:1143" == mapped(f"host: '[::1]:1143', tls: none, mailboxes: {{ {BOX} }}").server.address
    only = mapped("host: mail.example, mailboxes: { a1: { username: a1@acme.example, password_env: X, inbox: [] } }")
    assert ("", ()) == ((one := only.mailboxes[0]).queue, one.inbox)


OAUTH: Final = "oauth: { grant: refresh_token, token_url: 'https://login.example/token', client_id: x }"


@pytest.mark.parametrize(
    ("imap", "said"),
    [
        (f"host: 'mail example', mailboxes: {{ {BOX} }}", "write a name or name:port"),
        (f"host: 'mail.example:99999', mailboxes: {{ {BOX} }}", "write a name or name:port"),
        (f"host: mail.example, tls: none, mailboxes: {{ {BOX} }}", "tls: none would send passwords for all to read"),
        (f"host: 127.0.0.1, tls: none, tls_ca: x, mailboxes: {{ {BOX} }}", "tls_ca says whom to trust over TLS"),
        (f"host: mail.example, poll: 10ms, mailboxes: {{ {BOX} }}", "poll cannot be below 1s"),
        ("host: mail.example, mailboxes: {}", "mailboxes is empty: name at least one"),
        ("host: mail.example, mailboxes: { billing: { username: b@x.example, password_env: X } }", "queues has no b@x.example"),
        (f"host: mail.example, mailboxes: {{ 'a b': {{ username: {BILLING}, password_env: X }} }}", "a b is what metrics call the mailbox"),
        (f"host: mail.example, mailboxes: {{ b: {{ username: {BILLING}, inbox: [], sent: [] }} }}", "b has neither inbox nor sent"),
        (
            f"host: mail.example, mailboxes: {{ b: {{ username: {BILLING}, inbox: [A], sent: [A] }} }}",
            "b names A under inbox and under sent",
        ),
        (f"host: mail.example, mailboxes: {{ b: {{ username: {BILLING}, refresh_token_env: X }} }}", "there is no oauth that it could be"),
        (f"host: mail.example, {OAUTH}, mailboxes: {{ {BOX} }}", "billing has password_env, but oauth says how to sign in"),
        (f"host: mail.example, {OAUTH.replace('https', 'http')}, mailboxes: {{ {BOX} }}", "token_url must begin with https://"),
        (f"host: mail.example, {OAUTH.replace('refresh_token', 'password')}, mailboxes: {{ {BOX} }}", "grant cannot be password"),
        (f"host: mail.example, folder: INBOX, mailboxes: {{ {BOX} }}", f"{NAME} has no key folder"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(imap: str, said: str) -> None:
    """With the line and what to write instead."""
    with pytest.raises(DeclarationError) as refused:
        mapped(imap)
    assert said in str(refused.value)


@pytest.mark.parametrize("example", fences(ROOT / "docs/sources/imap.md", "yaml"))
def test_the_mappings_of_the_page_can_be_used(example: str) -> None:
    """Each stands there whole, and is read as it stands."""
    assert ["billing"] == [one.queue for one in read_imap(parse(textwrap.dedent(example), "email.yaml")).mailboxes][:1]
