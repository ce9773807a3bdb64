"""How much is read of single senders in vain, and held of those who are not known yet."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.intake.webhooks.limits import IN_VAIN, IN_VAIN_A_SECOND, MOST_ADDRESSES, SMALL, Held, Room, Senders, sender
from stream.intake.webhooks.server import HELD, HELD_UNPROVED

MIB = 2**20


def test_who_posts_in_vain_sends_only_small_bodies_and_nobody_else() -> None:
    """Eight MiB at once, then one a second; who signs rightly spends nothing."""
    senders = Senders(MIB, Room(1))
    for _ in range(IN_VAIN // MIB):
        assert MIB == senders.may_send("a", MIB, 0)
        senders.in_vain("a", MIB, 0)
    assert [SMALL, 9, MIB, MIB] == [
        senders.may_send("a", MIB, 0),
        senders.may_send("a", 9, 0),
        senders.may_send("b", MIB, 0),
        senders.may_send("", MIB, 0),
    ]
    assert MIB == senders.may_send("a", MIB, 0.1)
    senders.in_vain("a", IN_VAIN_A_SECOND, 0.5)
    assert [SMALL, MIB] == [senders.may_send("a", MIB, 0.9), senders.may_send("a", MIB, 1.1)]
    senders.in_vain("", 100 * IN_VAIN, 1)
    assert MIB == senders.may_send("", MIB, 1)


def test_nobody_owes_more_than_is_forgotten_in_eight_seconds() -> None:
    """Whatever was in vain: somebody else may come from that address."""
    senders = Senders(MIB, Room(1))
    senders.in_vain("a", 1000 * IN_VAIN, 0)
    assert [SMALL, MIB] == [senders.may_send("a", MIB, at * IN_VAIN / IN_VAIN_A_SECOND) for at in (0.9, 1.1)]


def test_only_so_many_senders_are_remembered() -> None:
    """The one that was heard of longest ago is forgotten."""
    senders = Senders(MIB, Room(1))
    for number in range(MOST_ADDRESSES + 1):
        senders.in_vain(str(number), IN_VAIN, 0)
    assert [MIB, SMALL] == [senders.may_send("0", MIB, 0), senders.may_send("1", MIB, 0)]


@given(some.lists(some.tuples(some.sampled_from(["", "a", "b"]), some.integers(1, 5 * MIB))))
def test_no_sender_holds_more_than_its_share(wanted: list[tuple[str, int]]) -> None:
    """Nor all of them more than there is; whatever is given back can be taken again, and nothing stays behind."""
    senders, held = Senders(MIB, Room(3 * IN_VAIN)), {"": 0, "a": 0, "b": 0}
    taken = []
    for address, size in wanted:
        fits = (not address or held[address] + size <= IN_VAIN) and sum(held.values()) + size <= 3 * IN_VAIN
        assert fits == senders.take(address, size)
        if fits:
            held[address] += size
            taken.append((address, size))
    for address, size in taken:
        senders.give(address, size)
    assert [True] * 3 == [senders.take(address, IN_VAIN) for address in held]


def test_who_is_not_known_yet_leaves_half_of_the_room_to_who_is() -> None:
    """However many senders there are; none of them holds more than eight MiB, or one body of the largest size."""
    room, unproved = Room(HELD), Room(HELD_UNPROVED)
    some_held = [Held(room, MIB, Senders(MIB, unproved), str(number)) for number in range(100)]
    for _ in range(100):
        for one in some_held:
            one.take(MIB // 4)
    large = Held(Room(HELD), 20 * MIB, Senders(20 * MIB, Room(HELD)), "a")
    assert [True, False] == [large.take(20 * MIB), large.take(1)]
    assert HELD_UNPROVED == sum(one.size for one in some_held)
    assert Held(room, MIB).take(HELD - HELD_UNPROVED)


def test_what_is_proved_is_not_in_vain_and_makes_place_for_the_next() -> None:
    """The sender's share is given back at the proof, the room when it ends; what is taken after it is not the sender's."""
    room, unproved = Room(2 * IN_VAIN), Room(IN_VAIN)
    senders = Senders(MIB, unproved)
    first = Held(room, MIB, senders, "a")
    assert [True, False] == [first.take(IN_VAIN), first.take(1)]
    first.spent = IN_VAIN
    first.prove()
    assert [True, False, True] == [first.take(IN_VAIN), room.take(1), unproved.take(IN_VAIN)]
    first.end(0)
    unproved.give(IN_VAIN)
    second = Held(room, MIB, senders, "a")
    assert [True, False] == [second.take(IN_VAIN), second.short]
    second.spent = IN_VAIN
    second.end(0)
    assert Held(room, MIB, senders, "a").short


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], ""),
        (["8.8.8.8"], "8.8.8.8"),
        (["1.2.3.4, 8.8.8.8 "], "8.8.8.8"),
        (["1.2.3.4", "8.8.8.8"], "8.8.8.8"),
        (["1.2.3.4", ""], ""),
        (["10.0.0.7"], "10.0.0.7"),
        (["2600:1f18::7"], "2600:1f18::/64"),
        (["fe80::7%eth0"], "fe80::/64"),
        (["8.8.8.8:4711"], "8.8.8.8"),
        (["[2600:1f18::7]:443"], "2600:1f18::/64"),
        (["[2600:1f18::7]"], "2600:1f18::/64"),
        (["[::ffff:8.8.8.8]:443"], "8.8.8.8"),
        (["::ffff:8.8.8.8"], "8.8.8.8"),
        (["64:ff9b::808:808"], "8.8.8.8"),
        (["64:ff9b:0:0:1::808"], "64:ff9b::/64"),
        (["unknown"], ""),
        (["8.8.8.8:"], ""),
        (["[8.8.8.8"], ""),
    ],
)
def test_whose_request_it_is(told: Sequence[str], expected: str) -> None:
    """What the proxy next to the gateway says: the end of the last line, without a port; an IPv4 address however it is written."""
    assert expected == sender(told)


@given(some.lists(some.text(alphabet="0123456789abcf:.[]%, ", max_size=40)))
def test_no_header_whatever_raises(told: Sequence[str]) -> None:
    """Nor does it name more than an address."""
    assert len(sender(told)) < 50
