"""An agent who asks a queue or a person while they talk to the customer: what is of the question, and not of the customer.

Some sources tell both alike and say `may_consult`; only the contact's life, which knows who talks and in which queue, tells them apart
(decision 83). A question is in no figure. `Life.consulted` holds the queue that is asked and, once there is one, the answer.
"""

from __future__ import annotations

from typing import Any

from stream.core.life import Life


def asked(life: Life, time: int, data: dict[str, Any]) -> None:
    """A queue is entered while somebody talks to the customer: it is asked."""
    del time
    life.consulted = data.get("queue", ""), None


def question_answered(life: Life, time: int, data: dict[str, Any]) -> None:
    """The answer to an agent who asks somebody, of another queue where one was asked: the customer has none of it."""
    del time
    if data.get("may_consult", False):
        life.consulted = data.get("queue", "") if life.consulted is None else life.consulted[0], data


def asked_in_vain(life: Life, time: int, data: dict[str, Any]) -> None:
    """The queue that an agent asks sends them on, and not the customer. Without a queue, whatever was asked."""
    del time
    if life.consulted is not None and data.get("may_consult", False) and data.get("queue", life.consulted[0]) == life.consulted[0]:
        life.consulted = None


def of_another(life: Life, data: dict[str, Any]) -> bool:
    """Whether what leaves or ends may be of a question, and is of no queue, or of another than the customer's."""
    return bool(data.get("may_consult", False)) and data.get("queue", "") != life.queue


def ends_a_question(life: Life, data: dict[str, Any]) -> bool:
    """Whether the end of a talk is that of somebody who was asked; the question that it ends is forgotten.

    Also where its beginning was never told: in another queue than the customer's it cannot be of their talk. In the customer's own queue
    it is of the question where one goes on there.
    """
    if life.consulted is not None and data.get("may_consult", False) and data.get("queue") == life.consulted[0]:
        life.consulted = None
        return True
    return of_another(life, data)


def passes_a_question_on(life: Life, data: dict[str, Any]) -> bool:
    """Whether it is somebody who was asked that passes on; the question to their queue is forgotten, the next queue is asked anew.

    In the customer's own queue it is their own agent: that one has somebody to pass on for sure.
    """
    return of_another(life, data) and ends_a_question(life, data)
