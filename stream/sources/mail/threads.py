"""Which mails belong together: by Message-ID, References and In-Reply-To, never by subject.

The answer is a function of the set of mails, not of their order. A thread is named by its first mail's id, also where that mail was
never seen and is known from References only.
"""

from __future__ import annotations

from collections.abc import Iterable


def parents(found: Iterable[tuple[str, list[str]]]) -> dict[str, str]:
    """Each known id's parent. found: pairs of a mail's id and the ids it refers to, the oldest first.

    What a mail says of itself goes before what others say of it.
    """
    links: dict[str, str] = {}
    implied: list[tuple[str, str]] = []
    for own, references in found:
        chain = [one for one in references if one != own]
        if chain:
            links[own] = min(chain[0], links.get(own, chain[0]))
        implied += [(one, chain[0]) for one in chain[1:]]
    for one, first in sorted(implied):
        if one != first:
            links.setdefault(one, first)
    return links


def root(own: str, links: dict[str, str], known: dict[str, str]) -> str:
    """The id of the thread's first mail. Mails that refer to each other in a ring are one thread, named by the least of their ids.

    known: the roots found so far, filled in, so that long threads are walked once.
    """
    place: dict[str, int] = {}
    at = own
    while at not in known and at not in place and (above := links.get(at)) is not None:
        place[at] = len(place)
        at = above
    found = min(one for one, step in place.items() if step >= place[at]) if at in place else known.get(at, at)
    known.update(dict.fromkeys(place, found))
    return found
