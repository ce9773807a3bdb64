"""Whether a request comes from who has the secret: the ways in which vendors sign or show a key.

Each is compared in constant time. What is signed is the body as it was sent. No signature's own clock is looked at: a request that
somebody sends again has the same ids in it, and changes nothing.
"""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

from stream.intake.webhooks.posts import Malformed, Post, form

Check = Callable[[bytes, Post], bool]
"""Whether the secret is behind the request."""


def _same(expected: bytes, given: str) -> bool:
    """Whether both are the same, in a time that does not tell where, or by how much in length, they differ."""
    found = given.encode(errors="surrogateescape")
    return hmac.compare_digest(sha256(expected).digest(), sha256(found).digest())


def key(secret: bytes, post: Post) -> bool:
    """The key itself: `Authorization: Bearer KEY`, the password of Basic, or `X-Api-Key: KEY`."""
    word, _, rest = post.headers.get("Authorization", "").partition(" ")
    given = post.headers.get("X-Api-Key", "")
    if word.casefold() == "bearer":
        given = rest.strip()
    elif word.casefold() == "basic":
        try:
            given = b64decode(rest.strip(), validate=True).partition(b":")[2].decode(errors="surrogateescape")
        except (binascii.Error, ValueError):
            given = ""
    return _same(secret, given)


def firehose(secret: bytes, post: Post) -> bool:
    """Amazon Data Firehose's access key."""
    return _same(secret, post.headers.get("X-Amz-Firehose-Access-Key", ""))


def hub_sha1(secret: bytes, post: Post) -> bool:
    """`X-Hub-Signature: sha1=HEX` of the body: Zammad, Intercom."""
    return _same(b"sha1=" + hmac.digest(secret, post.body, "sha1").hex().encode(), post.headers.get("X-Hub-Signature", ""))


def chatwoot(secret: bytes, post: Post) -> bool:
    """`X-Chatwoot-Signature: sha256=HEX` of timestamp, a dot, and the body."""
    stamp = post.headers.get("X-Chatwoot-Timestamp", "").encode(errors="surrogateescape")
    made = hmac.digest(secret, stamp + b"." + post.body, "sha256").hex().encode()
    return _same(b"sha256=" + made, post.headers.get("X-Chatwoot-Signature", ""))


def zendesk(secret: bytes, post: Post) -> bool:
    """`X-Zendesk-Webhook-Signature`: base64 of the HMAC-SHA256 of timestamp and body."""
    stamp = post.headers.get("X-Zendesk-Webhook-Signature-Timestamp", "").encode(errors="surrogateescape")
    made = b64encode(hmac.digest(secret, stamp + post.body, "sha256"))
    return _same(made, post.headers.get("X-Zendesk-Webhook-Signature", ""))


def twilio(secret: bytes, post: Post) -> bool:
    """`X-Twilio-Signature`: base64 of the HMAC-SHA1 of the URL and the form's sorted fields; of JSON the URL holds the body's SHA-256."""
    given, text = post.headers.get("X-Twilio-Signature", ""), post.url
    if post.kind() == "application/x-www-form-urlencoded":
        try:
            text += "".join(name + value for name, value in sorted(set(form(post.body))))
        except Malformed:
            return False
    else:
        told = dict(parse_qsl(post.query)).get("bodySHA256", "")
        if not _same(sha256(post.body).hexdigest().encode(), told.casefold()):
            return False
    return _same(b64encode(hmac.digest(secret, text.encode(errors="surrogateescape"), "sha1")), given)


SIGNATURES: Final[dict[Check, tuple[str, re.Pattern[str]]]] = {
    hub_sha1: ("X-Hub-Signature", re.compile(r"sha1=[0-9a-f]{40}", re.ASCII)),
    chatwoot: ("X-Chatwoot-Signature", re.compile(r"sha256=[0-9a-f]{64}", re.ASCII)),
    zendesk: ("X-Zendesk-Webhook-Signature", re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)),
    twilio: ("X-Twilio-Signature", re.compile(r"[A-Za-z0-9+/]{27}=", re.ASCII)),
}
"""Where the checks that need the body find what they compare it with, and how that looks. All others need the headers only."""


def passes(check: Check, secrets: Sequence[bytes], post: Post) -> bool:
    """Whether one of the secrets is behind the request; all are tried, always."""
    return any([check(secret, post) for secret in secrets])  # noqa: C419 - the list is what tries all


def needs_body(check: Check) -> bool:
    """Whether only the body tells if it passes."""
    return check in SIGNATURES


def may_pass(check: Check, secrets: Sequence[bytes], head: Post) -> bool:
    """Whether that can be, as far as a request without its body tells: of whom it cannot, no body needs to be read."""
    signed = SIGNATURES.get(check)
    if signed is None:
        return passes(check, secrets, head)
    header, form_of_it = signed
    return form_of_it.fullmatch(head.headers.get(header, "")) is not None
