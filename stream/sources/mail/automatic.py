"""Mail that no person wrote: answering machines, bounces, newsletters and lists (RFC 3834, RFC 2919, and what is in use besides)."""

from __future__ import annotations

from typing import Final

from stream.sources.mail.headers import Headers
from stream.sources.mail.mapping import EmailMapping

THERE: Final = ("x-autoreply", "x-autorespond")
"""Headers that say it by being there. X-Auto-Response-Suppress does not: desks write it into what people say, against others' machines."""
LIST: Final = "list-id"
PRECEDENCES: Final = frozenset({"bulk", "junk", "auto_reply"})
OF_LISTS: Final = "list"
"""The precedence of whatever came by a list. A shared mailbox that is a group is one, too."""
FIELDS: Final = ("auto-submitted", *THERE, LIST, "precedence", "return-path", "content-type")
"""The headers that are looked at here, besides From."""
MACHINES: Final = frozenset({"mailer-daemon", "postmaster"})


def automatic(headers: Headers, mapping: EmailMapping, *, ours: bool, to_us: bool) -> bool:
    """Whether a machine wrote it.

    ours: one of us wrote it; desks mark answers of people as bulk. to_us: its headers name one of our mailboxes.
    """
    submitted = headers.text("auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or any(name in headers for name in THERE)
        or (not ours and _bulk(headers, mapping, to_us=to_us))
        or headers.text("return-path").replace(" ", "") == "<>"
        or headers.text("content-type").lower().startswith("multipart/report")
        or any(one.partition("@")[0] in MACHINES for one in headers.addresses("from"))
    )


def _bulk(headers: Headers, mapping: EmailMapping, *, to_us: bool) -> bool:
    """Whether it went to many. A list of ours is a shared mailbox that is a group: what it marks was written to us."""
    precedence = headers.text("precedence").lower()
    if LIST in headers:
        if not mapping.our_list(headers.text(LIST)):
            return True
    elif precedence == OF_LISTS:
        return not to_us
    return precedence in PRECEDENCES
