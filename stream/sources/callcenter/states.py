"""What an agent of mod_callcenter does: two words, the status (logged out, on break) and the state (receiving, in a call)."""

from __future__ import annotations

from typing import Final

LOGGED_OUT: Final = "logged out"
STATUSES: Final = {LOGGED_OUT: "offline", "on break": "paused"}
STATES: Final = {"receiving": "reserved", "reserved": "reserved", "in a queue call": "on_contact", "idle": "paused"}
"""Idle is who is available on demand and has not said since the last call that they take another."""
AVAILABLE: Final = "available"

STATUS_CHANGE, STATE_CHANGE = "agent-status-change", "agent-state-change"
CHANGES: Final = frozenset({STATUS_CHANGE, STATE_CHANGE})


def doing(status: str, state: str) -> str:
    """The state in our words: a call wins over a break, a log-out over all; "" while it is not known. Both in small letters.

    Only who waits, or whose state nobody said, is offered a call; a state without a status may be that of somebody who is logged out.
    """
    if not status:
        return ""
    if status == LOGGED_OUT:
        return "offline"
    return STATES.get(state) or STATUSES.get(status, AVAILABLE)
