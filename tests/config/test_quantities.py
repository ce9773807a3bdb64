"""Lengths of time, shares and numbers are read as people write them, and written back the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.config.quantities import LONGEST, read_duration, read_number, read_share, say_duration, say_number, say_share, write_duration


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("90s", 90_000),
        ("2m", 120_000),
        ("2 min", 120_000),
        ("1h 30m", 5_400_000),
        ("1h30m", 5_400_000),
        ("1d", 86_400_000),
        ("1.5s", 1_500),
        ("500ms", 500),
        ("0s", 0),
        (" 7 s ", 7_000),
    ],
)
def test_a_length_of_time_is_read(text: str, milliseconds: int) -> None:
    """Units stand beside their numbers, with or without a blank."""
    assert milliseconds == read_duration(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("120", "write it with its unit, for example 120s or 120m"),
        ("-5s", "a length of time is never negative"),
        ("soon", "write a length of time such as 90s, 2m or 1h 30m"),
        ("5 weeks", "write a length of time such as 90s, 2m or 1h 30m"),
        ("2m or so", "write a length of time such as 90s, 2m or 1h 30m"),
        ("0.5ms", "nothing is shorter than 1ms"),
        ("9999d", "at most 400d"),
    ],
)
def test_no_length_of_time_is_guessed(text: str, problem: str) -> None:
    """What is no length of time is refused with what to write."""
    with pytest.raises(ValueError, match=r"\w") as refused:
        read_duration(text)
    assert problem == str(refused.value)


@given(some.integers(min_value=0, max_value=LONGEST))
def test_a_length_of_time_survives_writing(milliseconds: int) -> None:
    """What is written is read as the same length."""
    assert milliseconds == read_duration(write_duration(milliseconds))


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(120_000, "2 min"), (5_400_000, "1 h 30 min"), (7_000, "7 s"), (0, "0 s"), (250, "250 ms"), (86_400_000, "1 d")],
)
def test_a_length_of_time_is_said(milliseconds: int, said: str) -> None:
    """In sentences units stand apart, and minutes are not metres."""
    assert said == say_duration(milliseconds)


@pytest.mark.parametrize(
    ("text", "share"), [("90%", 0.9), ("90 %", 0.9), ("0.9", 0.9), ("1", 1.0), ("0", 0.0), ("99.5%", 0.995), ("7%", 0.07)]
)
def test_a_share_is_read(text: str, share: float) -> None:
    """Percent and fractions are the same share."""
    assert share == read_share(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("90", "write 90% where you mean percent, or a share between 0 and 1"),
        ("120%", "a share is at most 100%"),
        ("-3%", "write a share such as 90% or 0.9"),
        ("most", "write a share such as 90% or 0.9"),
    ],
)
def test_no_share_is_guessed(text: str, problem: str) -> None:
    """90 without its sign is not taken for 0.9, nor for 90."""
    with pytest.raises(ValueError, match=r"\w") as refused:
        read_share(text)
    assert problem == str(refused.value)


def test_a_number_is_read() -> None:
    """Whole and decimal numbers are read; others are refused."""
    assert [15.0, 2.5] == [read_number("15"), read_number(" 2.5 ")]
    for text in ("-1", "many", "1e5", "nan", "inf", "1_000"):
        with pytest.raises(ValueError, match="write a number such as"):
            read_number(text)


def test_shares_and_numbers_are_said() -> None:
    """No needless decimals stand in a sentence."""
    assert ["90 %", "99.5 %", "15", "1.5"] == [say_share(0.9), say_share(0.995), say_number(15.0), say_number(1.5)]
