"""Bodies that were compressed for the way. aiohttp would inflate them as they come, whoever sent them and whatever they become."""

from __future__ import annotations

import zlib
from typing import Final

from stream.intake.webhooks.posts import Malformed

GZIP: Final = 16 + zlib.MAX_WBITS
PLAIN: Final = ("", "identity")
MOST_OF_A_BYTE: Final = 1032
"""So many bytes deflate makes of one at most."""
MOST_STREAMS: Final = 16
"""One after the other in a body. Whoever needs more wants to keep us busy: what is left is copied for each."""
_ZLIB_FIRST: Final = 0x0F
_ZLIB_METHOD: Final = 8


def unpacked(body: bytes, encoding: str, largest: int) -> bytes | None:
    """What a body with that `Content-Encoding` becomes; None where that is more than `largest` bytes, of which no more are made.

    Raises Malformed where it was not compressed so, or in a way that is not read here.
    """
    encoding = encoding.strip().casefold()
    if encoding in PLAIN:
        return body
    if encoding in ("gzip", "x-gzip"):
        window = GZIP
    elif encoding == "deflate":  # zlib's form, by the standard; without its two bytes before it, as some send it
        window = zlib.MAX_WBITS if body and body[0] & _ZLIB_FIRST == _ZLIB_METHOD else -zlib.MAX_WBITS
    else:
        raise Malformed
    try:
        return _inflated(body, window, largest)
    except zlib.error:
        raise Malformed from None


def _inflated(rest: bytes, window: int, largest: int) -> bytes | None:
    """One stream after the other, as gzip allows."""
    parts: list[bytes] = []
    size = 0
    while rest:
        if len(parts) == MOST_STREAMS:
            raise Malformed
        stream = zlib.decompressobj(window)
        part = stream.decompress(rest, largest - size + 1)
        size += len(part)
        if size > largest:
            return None
        if not stream.eof:
            raise Malformed
        parts.append(part)
        rest = stream.unused_data
    return b"".join(parts)
