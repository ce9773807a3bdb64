"""How people write lengths of time, shares and numbers, and how we write them back. Refusals are ValueErrors that say what to write."""

from __future__ import annotations

import re
from typing import Final

UNITS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
LONGEST: Final = 400 * UNITS["d"]
PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)(?=\s|\d|$)")
NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


def read_duration(text: str) -> int:
    """Milliseconds of a length of time: "90s", "2m", "1h 30m", "0s".

    >>> read_duration("1h 30m")
    5400000
    """
    stripped = text.strip()
    if NUMBER.fullmatch(stripped):
        raise ValueError(f"write it with its unit, for example {stripped}s or {stripped}m")
    if stripped.startswith("-"):
        raise ValueError("a length of time is never negative")
    parts = PART.findall(stripped)
    if not parts or PART.sub("", stripped).strip():
        raise ValueError("write a length of time such as 90s, 2m or 1h 30m")
    total = sum(float(amount) * UNITS[unit] for amount, unit in parts)
    if total != int(total):
        raise ValueError("nothing is shorter than 1ms")
    if total > LONGEST:
        raise ValueError("at most 400d")
    return int(total)


def write_duration(milliseconds: int) -> str:
    """A length of time as it is written in files, the reverse of `read_duration`.

    >>> write_duration(5400000)
    '1h 30m'
    """
    parts = []
    rest = milliseconds
    for unit in ("d", "h", "m", "s", "ms"):
        amount, rest = divmod(rest, UNITS[unit])
        if amount:
            parts.append(f"{amount}{unit}")
    return " ".join(parts) or "0s"


def say_duration(milliseconds: int) -> str:
    """A length of time as it stands in a sentence.

    >>> say_duration(120000)
    '2 min'
    """
    return re.sub(r"(\d)([a-z]+)", lambda part: f"{part[1]} {'min' if part[2] == 'm' else part[2]}", write_duration(milliseconds))


def read_share(text: str) -> float:
    """A share between 0 and 1, written as "90%", "90 %" or "0.9".

    >>> read_share("90%")
    0.9
    """
    stripped = text.strip()
    percent = stripped.endswith("%")
    digits = stripped.removesuffix("%").strip()
    if not NUMBER.fullmatch(digits):
        raise ValueError("write a share such as 90% or 0.9")
    share = round(float(digits) / 100, 12) if percent else float(digits)
    if share > 1:
        raise ValueError("a share is at most 100%" if percent else f"write {digits}% where you mean percent, or a share between 0 and 1")
    return share


def read_ratio(text: str) -> float:
    """A ratio, which may be above 1: "85%", "0.5", "1.2".

    >>> read_ratio("85%")
    0.85
    """
    if text.strip().endswith("%"):
        return read_share(text)
    stripped = text.strip()
    if not NUMBER.fullmatch(stripped):
        raise ValueError("write a ratio such as 85% or 0.5")
    return float(stripped)


def read_number(text: str) -> float:
    """A number that is not negative.

    >>> read_number("15")
    15.0
    """
    stripped = text.strip()
    if not NUMBER.fullmatch(stripped):
        raise ValueError("write a number such as 15 or 2.5, never a negative one")
    return float(stripped)


def read_points(text: str) -> float:
    """A number that may be below 0, as scores are.

    >>> read_points("-10")
    -10.0
    """
    stripped = text.strip()
    if not NUMBER.fullmatch(stripped.removeprefix("-")):
        raise ValueError("write a number such as 30 or -10")
    return float(stripped)


def say_share(share: float) -> str:
    """A share as it stands in a sentence.

    >>> say_share(0.9)
    '90 %'
    """
    return f"{share * 100:g} %"


def say_number(number: float) -> str:
    """A number without needless decimals.

    >>> say_number(15.0), say_number(2_000_000), say_number(0.25)
    ('15', '2000000', '0.25')
    """
    return str(int(number)) if number == number // 1 else f"{number:g}"
