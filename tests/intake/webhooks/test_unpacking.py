"""Bodies that were compressed for the way."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stream.intake.webhooks.posts import Malformed
from stream.intake.webhooks.unpacking import MOST_STREAMS, unpacked

TEXT = b'{"id": "c1"}' * 40
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
BARE = RAW.compress(TEXT) + RAW.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), " GZIP"),
        (gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), "x-gzip"),
        (zlib.compress(TEXT), "deflate"),
        (BARE, "deflate"),
    ],
)
def test_a_body_is_what_it_was_before(body: bytes, encoding: str) -> None:
    """In each way that senders have."""
    assert TEXT == unpacked(body, encoding, len(TEXT))


@pytest.mark.parametrize("body", [gzip.compress(TEXT), gzip.compress(TEXT[:400]) + gzip.compress(TEXT[400:]), gzip.compress(bytes(10**8))])
def test_no_more_than_the_largest_body_is_made(body: bytes) -> None:
    """One byte less, in one stream or two, and a hundred megabytes of nothing."""
    assert unpacked(body, "gzip", len(TEXT) - 1) is None


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, "gzip"),
        (TEXT, "br"),
        (gzip.compress(TEXT), "deflate"),
        (gzip.compress(TEXT)[:-1], "gzip"),
        (gzip.compress(TEXT) + b"more", "gzip"),
        (gzip.compress(gzip.compress(TEXT)), "gzip, gzip"),
        (gzip.compress(b"") * (MOST_STREAMS + 1), "gzip"),
    ],
)
def test_what_is_not_compressed_so_is_malformed(body: bytes, encoding: str) -> None:
    """Or in a way that is not read, not whole, in too many pieces, or with something behind it."""
    with pytest.raises(Malformed):
        unpacked(body, encoding, 10**6)


@given(some.binary(max_size=40), some.sampled_from(["gzip", "deflate", "br"]))
def test_no_bytes_whatever_raise_anything_else(body: bytes, encoding: str) -> None:
    """Whoever sends them."""
    try:
        unpacked(body, encoding, 100)
    except Malformed:
        return
