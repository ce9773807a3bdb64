"""Mail that no person wrote: answering machines, bounces, newsletters, lists (RFC 3834, 2919, 2369, 8058, and what is in use besides)."""

from __future__ import annotations

from typing import Final

from stream.sources.mail.headers import Headers
from stream.sources.mail.mapping import EmailMapping

THERE: Final = ("x-autoreply", "x-autorespond")
"""Headers that say it by being there. X-Auto-Response-Suppress does not: desks write it into what people say, against others' machines."""
LIST: Final = "list-id"
UNSUBSCRIBE: Final = "list-unsubscribe"
AT_A_CLICK: Final = "list-unsubscribe-post"
"""How to get no more of it. Who sends to many has to say it, also where it is no list by name."""
PRECEDENCES: Final = frozenset({"bulk", "junk", "auto_reply"})
OF_LISTS: Final = "list"
"""The precedence of whatever came by a list. A shared mailbox that is a group is one, too."""
FIELDS: Final = ("auto-submitted", *THERE, LIST, UNSUBSCRIBE, AT_A_CLICK, "precedence", "return-path", "content-type")
"""The headers that are looked at here, besides From and those that name what it answers."""
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
    elif AT_A_CLICK in headers:
        return True
    elif precedence == OF_LISTS:
        return not to_us
    elif UNSUBSCRIBE in headers and not (headers.ids("references") or headers.ids("in-reply-to")):
        return True  # what answers a mail was written to whoever wrote that, whatever the software adds that sent it
    return precedence in PRECEDENCES
