"""One connection to FreeSWITCH's event socket: log in, subscribe, ask for all there is, read whole frames. It knows no meaning of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import orjson

from stream.errors import PartMissing
from stream.intake.line import CONNECT_SECONDS, SILENT_SECONDS, Line
from stream.sources.callcenter.calls import SUBCLASS
from stream.sources.callcenter.frames import (
    ANSWER,
    ASKED,
    CLOCK,
    EVENT,
    LONGEST_BODY,
    LOOK,
    PARTING,
    REFUSED,
    REPLY,
    Frame,
    Frames,
    carried,
)
from stream.sources.callcenter.lists import queue_names, refused
from stream.sources.callcenter.mapping import SocketMapping

PING_SECONDS: Final = 15.0
TIME: Final = "strmicroepoch"
AGENTS: Final = "callcenter_config agent list"
TIERS: Final = "callcenter_config tier list"
QUEUES: Final = "callcenter_config queue list"
MEMBERS: Final = "callcenter_config queue list members "


class Connection:
    """Logged in from the beginning. Every method raises PartMissing where the switch is not there (any more)."""

    def __init__(self, mapping: SocketMapping, password: str, stopped: Callable[[], bool]) -> None:
        """Connect, log in and subscribe; gives up as soon as `stopped`."""
        self._where = mapping.address
        self._every = mapping.every / 1000
        self._stopped = stopped
        self._frames = Frames()
        self._early: list[Frame] = []
        self._to_ask: list[str] = []
        self._asked, self._asked_at = "", 0.0
        self._answers: dict[str, str] = {}
        self._looked: float | None = None
        self._pinged = time.monotonic()
        self._line = Line(
            f"FreeSWITCH's event socket at {mapping.address}",
            mapping.address,
            check="check address here, listen-ip and listen-port in event_socket.conf.xml",
            after="look after the switch or the network",
        )
        try:
            self._login(mapping.user, password)
        except BaseException:
            self.close()
            raise

    def read(self) -> list[bytes]:
        """The frames that have come; none after a short while without news. Asks where that is due, one question at a time."""
        now = time.monotonic()
        if not self._asked:
            self._ask(now)
        elif now - self._asked_at > SILENT_SECONDS:
            raise self._line.gone(f"it has not answered {self._asked} for {SILENT_SECONDS:g} s")
        early, self._early = self._early, []
        out: list[bytes] = []
        for frame in early or self._receive():
            if frame.kind == EVENT:
                out.append(carried(EVENT, frame.body))  # of one that is too long without its body, which says so
            elif frame.kind == PARTING:
                raise self._line.gone("it says goodbye")
            elif frame.kind in (ANSWER, REPLY) and self._asked:
                out += self._answered(frame)
        return out

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    # -- logging in ---------------------------------------------------------------------------------------------------

    def _login(self, user: str, password: str) -> None:
        self._await(ASKED)
        self._send(f"userauth {user}:{password}" if user else f"auth {password}")
        if not self._await(REPLY).reply.startswith("+OK"):
            raise PartMissing(
                f"FreeSWITCH at {self._where} does not let {user or 'us'} in: check the password here and in event_socket.conf.xml"
                f"{', user here and esl-password in the directory' if user else ''}."
            )
        self._send(f"event json CUSTOM {SUBCLASS}")
        reply = self._await(REPLY).reply
        if not reply.startswith("+OK") or "json" not in reply:
            raise PartMissing(
                f"FreeSWITCH at {self._where} gives no events as JSON ({reply[:80] or 'no reply'}): "
                f"allow CUSTOM {SUBCLASS} in esl-allowed-events; FreeSWITCH before 1.2 cannot."
            )
        self._send(f"api {QUEUES}")
        self._check(QUEUES, self._await(ANSWER, REPLY))

    def _await(self, *kinds: str) -> Frame:
        """The next frame of a kind; what comes besides is kept for `read`."""
        until = time.monotonic() + CONNECT_SECONDS
        while time.monotonic() < until and not self._stopped():
            frames = self._receive()
            for index, frame in enumerate(frames):
                if frame.kind in kinds:
                    self._early += frames[index + 1 :]
                    return frame
                if frame.kind == REFUSED:
                    raise PartMissing(f"FreeSWITCH at {self._where} turns us away: check apply-inbound-acl in event_socket.conf.xml.")
                self._early.append(frame)
        raise PartMissing(f"FreeSWITCH at {self._where} does not answer: check that its event socket listens there.")

    # -- asking -------------------------------------------------------------------------------------------------------

    def _ask(self, now: float) -> None:
        """Ask the next question of a look, or begin one, or ask for the time where nothing else was asked for long."""
        if not self._to_ask:
            if self._looked is None or now - self._looked >= self._every:
                self._looked, self._answers = now, {}
                self._to_ask = [TIME, AGENTS, TIERS, QUEUES]
            elif now - self._pinged >= PING_SECONDS:
                self._to_ask = [TIME]
            else:
                return
        self._asked, self._asked_at, self._pinged = self._to_ask.pop(0), now, now
        self._send(f"api {self._asked}")

    def _answered(self, frame: Frame) -> list[bytes]:
        """What an answer has to be told: the time at once, the lists once all of them are there."""
        asked, self._asked = self._asked, ""
        if asked == TIME:
            return [carried(CLOCK, frame.body)]
        self._answers[asked] = self._check(asked, frame)
        if asked == QUEUES:
            self._to_ask += [f"{MEMBERS}{name}" for name in queue_names(self._answers[QUEUES])]
        if self._to_ask:
            self._ask(time.monotonic())
            return []
        queues = [{"name": name.removeprefix(MEMBERS), "members": text} for name, text in self._answers.items() if name.startswith(MEMBERS)]
        took = 0 if self._looked is None else round((time.monotonic() - self._looked) * 1000)
        look = {"took": took, "agents": self._answers[AGENTS], "tiers": self._answers[TIERS], "queues": queues}
        return [carried(LOOK, orjson.dumps(look))]

    def _check(self, asked: str, frame: Frame) -> str:
        """The text of an answer with a list; raises PartMissing where the switch gives none."""
        if frame.cut:
            raise PartMissing(f"FreeSWITCH at {self._where} answers {asked} with more than {LONGEST_BODY} bytes: that cannot be read.")
        text = frame.body.decode("utf-8", "replace")
        if why := refused(text if frame.kind == ANSWER else frame.reply):
            raise PartMissing(
                f"FreeSWITCH at {self._where} does not answer {asked} ({why}): load mod_callcenter, or allow callcenter_config to user."
            )
        return text

    # -- the line -----------------------------------------------------------------------------------------------------

    def _send(self, command: str) -> None:
        self._line.send(f"{command}\n\n".encode())

    def _receive(self) -> list[Frame]:
        found = self._frames.feed(self._line.receive())
        if self._frames.broken and not found:
            raise PartMissing(f"What answers at {self._where} is no event socket of FreeSWITCH: check address.")
        return found
