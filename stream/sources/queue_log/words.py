"""The words of a queue_log: which events there are, and where in their data the figures stand. Pure tables.

Asterisk writes most of them (app_queue, chan_agent, the logger), Wazo and dialplans add their own with QueueLog(). Positions count
from 0; a negative one counts from the end, because new versions put fields in front.
"""

from __future__ import annotations

from typing import Final

EXITS: Final[dict[str, str]] = {
    "EXITWITHTIMEOUT": "timeout",
    "EXITEMPTY": "empty",
    "EXITWITHKEY": "key",
    "EXITNOTALLOWED": "not_allowed",
    "LEAVEEMPTY": "empty",
    "WITHDRAW": "withdrawn",
}
"""A call that waited leaves the queue for another place, and why."""

WAIT_AT: Final[dict[str, int]] = {"ABANDON": 2, "EXITWITHTIMEOUT": 2, "EXITEMPTY": 2, "EXITWITHKEY": 3, "WITHDRAW": 2}
"""Where the wait (s) stands. Old versions end before it: then the times of the lines say it."""

TURNED_AWAY: Final[dict[str, str]] = {
    "FULL": "full",
    "CLOSED": "closed",
    "JOINEMPTY": "empty",
    "DIVERT_CA_RATIO": "overflow",
    "DIVERT_HOLDTIME": "overflow",
}
"""A call that was not let into the queue, and why."""

COMPLETIONS: Final[dict[str, str]] = {"COMPLETECALLER": "customer", "COMPLETEAGENT": "agent"}
"""The end of a talk, and who ended it."""

TRANSFERS: Final[dict[str, tuple[str, int, int]]] = {
    "TRANSFER": ("blind", 2, 3),
    "BLINDTRANSFER": ("blind", 2, 3),
    "ATTENDEDTRANSFER": ("attended", -3, -2),
}
"""The end of a talk by passing the caller on: the kind, where the wait and where the talk (s) stand.

The methods of an attended one (BRIDGE, APP, LINK) have one or two fields before them, so those are counted from the end.
"""

PASSED_TO: Final = 2
"""Before what is counted from the end stand at least the method and to whom the call went."""

RINGS: Final = frozenset({"RINGNOANSWER", "AGENTDUMP"})
"""A member who rang and did not take the call; after AGENTDUMP the caller hears of it by an ABANDON line of its own."""

SPANS: Final[dict[str, tuple[int, ...]]] = {
    **{word: (at,) for word, at in WAIT_AT.items()},
    "CONNECT": (0, 2),
    **dict.fromkeys(COMPLETIONS, (0, 1)),
    **{word: (wait, talk) for word, (_, wait, talk) in TRANSFERS.items()},
    **dict.fromkeys(("RINGNOANSWER", "WRAPUPSTART"), (0,)),
}
"""Where lengths of time stand. What stands there and is none spoils the line: it would count with another wait or talk than it had."""

CALL_WORDS: Final = frozenset(
    {"ENTERQUEUE", "CONNECT", "ABANDON", "WRAPUPSTART", *EXITS, *TURNED_AWAY, *COMPLETIONS, *TRANSFERS, *RINGS},
)
"""They are about one call in one queue."""

MEMBER_WORDS: Final = frozenset(
    {
        *("ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL"),
        *("AGENTLOGIN", "AGENTLOGOFF", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF"),
    }
)
"""They are about one member."""

SYSTEM_WORDS: Final = frozenset({"QUEUESTART"})

QUIET_WORDS: Final = frozenset(
    {
        *("CONFIGRELOAD", "DID", "INFO", "PENALTY", "RINGINUSE", "OUTCALL", "RINGCANCELED"),
        *("SYSCOMPAT",),
    }
)
"""Known, and without a figure: settings, notes, calls that no queue knows; a ring that the caller ended (no member missed it), and
SYSCOMPAT, after which Asterisk writes the call's ABANDON."""

QUEUELESS: Final = frozenset({"PAUSEALL", "UNPAUSEALL", "AGENTLOGIN", "AGENTLOGOFF", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF"})
"""Words of members whose queue is NONE."""

NO_CALLS: Final = frozenset({"", "NONE", "REALTIME", "MANAGER", "CLI"})
"""What stands in the place of a call's id where there is no call."""
