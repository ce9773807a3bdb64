"""What Chatwoot's API shows makes good for webhooks that never came: the figures are those of a centre that missed none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.config.yaml import parse
from stream.core.events import Event
from stream.sources.chatwoot import read_mapping
from stream.sources.chatwoot_api import translator
from stream.sources.chatwoot_api.agents import Staff
from stream.sources.chatwoot_api.conversations import SETTLE, Account
from stream.sources.records import Rejected
from stream.sources.vendor.document import Document
from tests.parts.chatwoot import PER_PAGE, Chatwoot
from tests.sources.vendors import counted, events_of, fits_on_the_wire

NAME: Final = "chatwoot"
MAPPING: Final = "queues: {inbox-3: support, inbox-4: mail, team-5: billing}\nagents: {a7: [a7@centre.example], a8: ['8']}"
MAPPED: Final = read_mapping(parse(f"version: 1\n{MAPPING}", "mapping.yaml"))
DAY: Final = 86_400_000


def events(records: Iterable[bytes]) -> list[Event]:
    """What records of a look become; nothing of them may be refused."""
    found = list(translator(MAPPED).translate(records))
    assert not [one for one in found if isinstance(one, Rejected)]
    return [one for one in found if isinstance(one, Event)]


def looked(account: Account, system: Chatwoot, mark: int | None = None) -> list[bytes]:
    """A look at everything, a page after the other, with as many messages as it asks for: as the intake looks."""
    now, page, records = system.now, 1, list[bytes]()
    while shown := list(Document(system.conversations(page)).part("data").parts("payload")):
        for one in shown:
            number, messages, before = one.number("id") or 0, list[Document](), None
            while not account.idle(one) and not account.suffices(one, messages, now):
                found = list(Document(system.messages(number, before)).parts("payload"))
                if not found:
                    break
                messages += found
                before = min(message.number("id") or 0 for message in messages)
            if not account.idle(one) and (look := account.look(one, messages, now, account.count if mark is None else mark)) is not None:
                records += look.records
                account.learn(look)
        page += 1
    account.reached(now)
    return records


def heard(account: Account, posted: Iterable[bytes]) -> list[bytes]:
    """Webhooks that arrive."""
    found = list(posted)
    for one in found:
        account.heard(one)
    return found


@pytest.mark.parametrize("seed", range(15))
def test_a_gap_leaves_no_trace_in_the_figures(seed: int) -> None:
    """Each queue has the outcomes of an account that missed nothing, and each message its id.

    In the gap anything happens, but no conversation changes its status twice, or its team after an answer: no look could see that.
    """
    random, system, account = Random(seed), Chatwoot(), Account(DAY)
    whole, received = list[bytes](), list[bytes]()
    looks, once = list[bytes](), set[tuple[int, str]]()
    for number in range(120):
        if number in (20, 70, 100):
            system.now += SETTLE + 1_000
            looks += looked(account, system)
        posted = system.lives(random, once if 40 <= number < 70 else None)
        whole += posted
        if 40 <= number < 70:
            continue  # nobody listens
        received += heard(account, posted)
    system.now += SETTLE + 1_000
    looks += looked(account, system)
    full, mended = events_of(NAME, whole, MAPPING), [*events_of(NAME, received, MAPPING), *events(looks)]
    assert {one.id for one in full if one.type == "message.posted"} == {one.id for one in mended if one.type == "message.posted"}
    assert counted(full) == counted(mended)


@pytest.mark.parametrize("seed", range(6))
def test_looks_at_what_webhooks_told_tell_nothing(seed: int) -> None:
    """Where none is missed, no look says anything, also when old webhooks come again."""
    random, system, account = Random(seed), Chatwoot(), Account(DAY)
    before = list[bytes]()
    for _ in range(80):
        posted = system.lives(random)
        random.shuffle(posted)
        before += heard(account, posted)
        heard(account, random.choices(before, k=2))
        if random.random() < 0.2:
            system.now += SETTLE + 1_000
            assert [] == looked(account, system)


def test_what_is_fresh_is_left_to_its_webhook() -> None:
    """A look does not overtake what is on its way; nor does what it shows count where a webhook came since."""
    system, account = Chatwoot(), Account(DAY)
    system.begin(3)
    assert [] == looked(account, system)
    system.now += SETTLE + 1_000
    heard(account, system.turns(1, "resolved"))
    assert [] == looked(account, system, mark=0)
    system.now += SETTLE + 1_000
    found = events(looked(account, system))
    assert ["contact.begun", "contact.offered", "issue.opened", "message.posted"] == [one.type for one in found]


def test_what_a_webhook_tells_during_a_look_stays_known() -> None:
    """While Kafka takes what a look made, the next things happen: they are told once."""
    system, account = Chatwoot(), Account(DAY)
    system.begin(3)
    system.now += SETTLE + 1_000
    [shown] = Document(system.conversations(1)).part("data").parts("payload")
    look = account.look(shown, list(Document(system.messages(1, None)).parts("payload")), system.now, account.count)
    assert look is not None
    heard(account, [*system.writes(1, "person"), *system.turns(1, "resolved")])
    account.learn(look)
    system.now += SETTLE + 1_000
    assert [] == looked(account, system)


def test_a_look_after_a_restart_goes_on_where_the_last_one_was() -> None:
    """From what was saved, as JSON holds it."""
    random, system, account = Random(5), Chatwoot(), Account(DAY)
    for _ in range(50):
        heard(account, system.lives(random))
    system.now += SETTLE + 1_000
    looked(account, system)
    again = Account(DAY)
    again.restore(json.loads(json.dumps(account.save())))
    missed = [one for _ in range(20) for one in system.lives(random)]
    system.now += SETTLE + 1_000
    assert looked(account, system) == (told := looked(again, system))
    assert told
    assert missed


def test_the_first_look_goes_back_as_far_as_it_is_told_to() -> None:
    """Conversations that were over before are not told."""
    system = Chatwoot()
    for _ in range(PER_PAGE + 2):
        system.begin(3)
        system.now += 60_000
    system.now += SETTLE
    account = Account(3 * 60_000)
    found = events(looked(account, system))
    assert {"chatwoot/6", "chatwoot/7"} == {one.subject for one in found if one.type == "contact.offered"}


def test_nothing_personal_is_in_what_a_look_tells() -> None:
    """No words, no names; numbers only where the mapping names customers, for a pseudonym."""
    system, account = Chatwoot(), Account(DAY)
    system.begin(3)
    system.writes(1, "person")
    system.now += SETTLE + 1_000
    records = looked(account, system)
    assert not any(b"private words" in one or b'"name"' in one for one in records)
    assert not any(word in repr(events(records)) for word in ("1555", "example"))
    named = translator(read_mapping(parse("version: 1\ncustomers: true", "mapping.yaml")))
    assert named.personal
    assert {"+15550001"} == {one.data["customer"] for one in named.translate(records) if isinstance(one, Event) and "customer" in one.data}


def shown(system: Chatwoot) -> list[Document]:
    """All agents."""
    return list(Document({"agents": system.agents()}).parts("agents"))


def test_agents_serve_the_queues_of_their_inboxes_and_teams() -> None:
    """Told when it changes, and that it is still so at each look; who is offline at first is not told, who goes is."""
    system, staff = Chatwoot(), Staff(MAPPED)
    members, channels = (
        {"inbox-3": [7, 8], "inbox-4": [7], "team-5": [8], "inbox-9": [8]},
        {"inbox-3": "chat", "inbox-4": "email", "inbox-9": ""},
    )
    assert [5] == staff.teams()

    def look(at: int) -> list[tuple[str, str, Any, Any]]:
        records, learnt = staff.look(shown(system), members, channels, at)
        staff.learn(learnt)
        return [(one.type, one.subject, one.data["state"], one.data["queues"]) for one in events(records)]

    assert [("agent.state_changed", "a7", "available", ["mail", "support"])] == look(1_772_442_000_000)
    assert [("agent.heartbeat", "a7", "available", ["mail", "support"])] == look(1_772_442_060_000)
    system.availability = {7: "busy", 8: "online"}
    assert [
        ("agent.state_changed", "a7", "paused", ["mail", "support"]),
        ("agent.state_changed", "a8", "available", ["billing", "support"]),
    ] == look(1_772_442_120_000)
    system.availability = {8: "offline"}
    assert [("agent.state_changed", "a8", "offline", []), ("agent.state_changed", "a7", "offline", [])] == look(1_772_442_180_000)
    assert [] == look(1_772_442_240_000)
    again = Staff(MAPPED)
    again.restore(json.loads(json.dumps(staff.save())))
    assert staff.save() == again.save()


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "status", "meta", "created_at", "messages", "message_type", "sender", "team"]), inner, max_size=6
        )
    ),
)


@settings(deadline=None)
@given(st.lists(VALUES, max_size=4), VALUES, st.lists(st.one_of(st.binary(), VALUES.map(lambda one: json.dumps(one).encode())), max_size=4))
def test_no_answer_and_no_webhook_whatever_raises(messages: list[Any], conversation: Any, posted: list[bytes]) -> None:
    """Any JSON is looked at; what it tells is read or refused, and fits on the wire."""
    account, staff = Account(DAY), Staff(MAPPED)
    heard(account, posted)
    read = [Document(one) for one in messages]
    about = Document(conversation)
    account.idle(about)
    account.suffices(about, read, 1_772_442_000_000)
    look = account.look(about, read, 1_772_442_000_000, account.count)
    records, _ = staff.look(read, {"inbox-3": [7]}, {"inbox-3": "chat"}, 1_772_442_000_000)
    found = list(translator(MAPPED).translate([*(look.records if look is not None else []), *records]))
    assert fits_on_the_wire(one for one in found if isinstance(one, Event))
    json.dumps(account.save())
