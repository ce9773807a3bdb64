"""Keyed pseudonyms: who knows the key can find a customer's records again, who does not cannot tell who it is.

HMAC-SHA256 of the kind and the name, cut to 128 bits: with so many no two customers of a centre ever share one.
"""

from __future__ import annotations

import hmac
from typing import Final

LENGTH: Final = 32
"""Hexadecimal digits."""


class Pseudonyms:
    """Makes pseudonyms under one key."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """`key`: a secret of the installation; another key gives other pseudonyms."""
        self._key = key

    def of(self, kind: str, name: str) -> str:
        """The pseudonym of a name, where the kind is "customer" or "agent": kinds never share one.

        Capitals and the blanks around a name say nothing of who it is; neither do the signs that a telephone number is written with.
        """
        plain = name.strip().casefold()
        digits = plain.translate(_SIGNS)
        if digits.removeprefix("+").isdigit():
            plain = digits
        return hmac.digest(self._key, f"{kind}\0{plain}".encode(), "sha256").hex()[:LENGTH]


_SIGNS: Final = str.maketrans("", "", " ()-./")
