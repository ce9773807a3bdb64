"""How much single senders may have read in vain, and hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.intake.webhooks.limits import IN_VAIN, IN_VAIN_A_SECOND, MOST_ADDRESSES, Senders, sender

MIB = 2**20


def test_who_posts_in_vain_waits_and_nobody_else() -> None:
    """Eight MiB at once, then one a second; who signs rightly spends nothing."""
    senders = Senders(1)
    for _ in range(IN_VAIN // MIB):
        assert senders.may_come("a", 0)
        senders.in_vain("a", MIB, 0)
    assert [False, True, True] == [senders.may_come("a", 0), senders.may_come("b", 0), senders.may_come("", 0)]
    assert [True, False] == [senders.may_come("a", 0.1), not senders.may_come("a", 1)]
    senders.in_vain("a", IN_VAIN_A_SECOND, 1)
    assert not senders.may_come("a", 1)
    senders.in_vain("", 100 * IN_VAIN, 1)
    assert senders.may_come("", 1)


def test_only_so_many_senders_are_remembered() -> None:
    """The one that was heard of longest ago is forgotten."""
    senders = Senders(1)
    for number in range(MOST_ADDRESSES + 1):
        senders.in_vain(str(number), IN_VAIN, 0)
    assert [True, False] == [senders.may_come("0", 0), senders.may_come("1", 0)]


@given(some.lists(some.tuples(some.sampled_from(["", "a", "b"]), some.integers(1, 5))))
def test_no_sender_holds_more_than_its_share(wanted: list[tuple[str, int]]) -> None:
    """Whatever is given back can be taken again, and nothing stays behind."""
    senders, held = Senders(9), {"": 0, "a": 0, "b": 0}
    taken = []
    for address, size in wanted:
        assert (not address or held[address] + size <= 9) == senders.take(address, size)
        if not address or held[address] + size <= 9:
            held[address] += size
            taken.append((address, size))
    for address, size in taken:
        senders.give(address, size)
    assert senders.take("a", 9)
    assert senders.take("b", 9)


@pytest.mark.parametrize(
    ("peer", "told", "expected"),
    [
        ("8.8.8.8", None, "8.8.8.8"),
        ("127.0.0.1", None, ""),
        ("10.0.0.7", None, ""),
        ("2600:1f18::7", None, "2600:1f18::/64"),
        (None, None, ""),
        ("127.0.0.1", "8.8.8.8", "8.8.8.8"),
        ("127.0.0.1", "1.2.3.4, 8.8.8.8 ", "8.8.8.8"),
        ("127.0.0.1", "10.0.0.7", "10.0.0.7"),
        ("127.0.0.1", "", ""),
        ("127.0.0.1", "unknown", ""),
    ],
)
def test_whose_request_it_is(peer: str | None, told: str | None, expected: str) -> None:
    """What the proxy says where it is asked, and never a proxy itself."""
    assert expected == sender(peer, told)
