"""Only who has the secret is taken; expected signatures are made here by the openssl-like steps that the vendors publish."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.intake.webhooks import checks
from stream.intake.webhooks.checks import Check
from tests.intake.webhooks.gateways import made

KEY = b"k3y"
BODY = b'{"event":"\xc3\xa4"}'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def signed(what: bytes, how: str) -> bytes:
    """An HMAC, by the steps of RFC 2104, so that it shares nothing with the code."""
    key = KEY.ljust(64, b"\0")
    inner = hashlib.new(how, bytes(one ^ 0x36 for one in key) + what).digest()
    return hashlib.new(how, bytes(one ^ 0x5C for one in key) + inner).digest()


RIGHT: list[tuple[Check, dict[str, str], bytes]] = [
    (checks.key, {"Authorization": "Bearer k3y"}, BODY),
    (checks.key, {"Authorization": "bearer  k3y"}, BODY),
    (checks.key, {"Authorization": "Basic " + b64encode(b"answerable:k3y").decode()}, BODY),
    (checks.key, {"X-Api-Key": "k3y"}, BODY),
    (checks.firehose, {"X-Amz-Firehose-Access-Key": "k3y"}, BODY),
    (checks.hub_sha1, {"X-Hub-Signature": "sha1=" + signed(BODY, "sha1").hex()}, BODY),
    (
        checks.chatwoot,
        {"X-Chatwoot-Timestamp": "17", "X-Chatwoot-Signature": "sha256=" + signed(b"17." + BODY, "sha256").hex()},
        BODY,
    ),
    (
        checks.zendesk,
        {
            "X-Zendesk-Webhook-Signature-Timestamp": "2026-03-02T09:00:00Z",
            "X-Zendesk-Webhook-Signature": b64encode(signed(b"2026-03-02T09:00:00Z" + BODY, "sha256")).decode(),
        },
        BODY,
    ),
]


@pytest.mark.parametrize(("check", "headers", "body"), RIGHT)
def test_the_right_secret_is_taken_and_nothing_else(check: Check, headers: dict[str, str], body: bytes) -> None:
    """Neither another secret, nor another body where the body is signed, nor a header that is missing, longer or shorter."""
    assert check(KEY, made(body, headers))
    assert not check(b"k3z", made(body, headers))
    assert not check(KEY, made(body, {}))
    for name, value in headers.items():
        assert not check(KEY, made(body, {**headers, name: value[:-1]}))
        assert not check(KEY, made(body, {**headers, name: value + "x"}))
        assert not check(KEY, made(body, {one: told for one, told in headers.items() if one != name}))
    if check not in (checks.key, checks.firehose):
        assert not check(KEY, made(body + b" ", headers))


def test_twilio_signs_the_url_and_the_fields_of_the_form() -> None:
    """In the order of their names, decoded; the URL is the one that Twilio knows."""
    url = "https://hooks.example.org/twilio?a=1"
    body = b"Zeta=z+1&Alpha=%C3%A4&Empty="
    right = b64encode(signed((url + "AlphaäEmptyZetaz 1").encode(), "sha1")).decode()
    headers = {**FORM, "X-Twilio-Signature": right}
    assert checks.twilio(KEY, made(body, headers, "a=1", url))
    assert not checks.twilio(KEY, made(body, headers, "a=1", url.replace("https", "http")))
    assert not checks.twilio(KEY, made(body + b"&More=1", headers, "a=1", url))
    assert not checks.twilio(b"other", made(body, headers, "a=1", url))


def test_twilio_signs_json_by_its_digest_in_the_url() -> None:
    """The digest is part of the URL, which is signed."""
    query = "bodySHA256=" + hashlib.sha256(BODY).hexdigest()
    url = f"https://hooks.example.org/twilio?{query}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": b64encode(signed(url.encode(), "sha1")).decode()}
    assert checks.twilio(KEY, made(BODY, headers, query, url))
    assert not checks.twilio(KEY, made(BODY + b" ", headers, query, url))
    bare = "https://hooks.example.org/twilio"
    without = {**headers, "X-Twilio-Signature": b64encode(signed(bare.encode(), "sha1")).decode()}
    assert not checks.twilio(KEY, made(BODY, without, "", bare))


HEADERS = (
    "Authorization",
    "X-Api-Key",
    "X-Amz-Firehose-Access-Key",
    "X-Hub-Signature",
    "X-Chatwoot-Timestamp",
    "X-Chatwoot-Signature",
    "X-Zendesk-Webhook-Signature",
    "X-Zendesk-Webhook-Signature-Timestamp",
    "X-Twilio-Signature",
    "Content-Type",
)
ALL = (checks.key, checks.firehose, checks.hub_sha1, checks.chatwoot, checks.zendesk, checks.twilio)


@given(
    st.dictionaries(st.sampled_from(HEADERS), st.one_of(st.text(), st.sampled_from(["Basic =", "Basic \udcff", FORM["Content-Type"]]))),
    st.binary(),
    st.text(st.characters(codec="ascii")),
)
def test_no_request_whatever_raises_or_gets_in(headers: dict[str, str], body: bytes, query: str) -> None:
    """Any headers and any body are refused without the secret."""
    secret = hmac.digest(b"unguessed", b"by hypothesis", "sha256")
    assert not any(check(secret, made(body, headers, query, f"https://x/?{query}")) for check in ALL)
