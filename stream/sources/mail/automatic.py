"""Mail that no person wrote: answering machines, bounces, newsletters and lists (RFC 3834, RFC 2919, and what is in use besides)."""

from __future__ import annotations

from typing import Final

from stream.sources.mail.headers import Headers

THERE: Final = ("x-auto-response-suppress", "x-autoreply", "x-autorespond", "list-id")
"""Headers that say it by being there."""
PRECEDENCES: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
FIELDS: Final = ("auto-submitted", *THERE, "precedence", "return-path", "content-type")
"""The headers that are looked at here, besides From."""
MACHINES: Final = frozenset({"mailer-daemon", "postmaster"})


def automatic(headers: Headers) -> bool:
    """Whether a machine wrote it."""
    submitted = headers.text("auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or any(name in headers for name in THERE)
        or headers.text("precedence").lower() in PRECEDENCES
        or headers.text("return-path").replace(" ", "") == "<>"
        or headers.text("content-type").lower().startswith("multipart/report")
        or any(one.partition("@")[0] in MACHINES for one in headers.addresses("from"))
    )
