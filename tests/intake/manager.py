"""A made-up PBX that speaks Asterisk's manager interface on a real socket, as a recorded Asterisk 16 does, and writes its queue_log."""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random
from threading import RLock, Thread
from typing import Any, Final

from tests.sources.managers import message

USER: Final = "answerable"
SECRET: Final = "look alike"
MEMBERS: Final = ("PJSIP/201", "PJSIP/202", "PJSIP/203")


class Pbx:
    """One queue, its static members, and its callers. What happens is told to whoever is logged in, and written into `log`."""

    def __init__(self, seed: int, clock: Callable[[], float]) -> None:
        """Nobody calls yet. clock: its own, in seconds."""
        self._clock = clock
        self.random = Random(seed)
        self.log: list[bytes] = []
        self.waiting: dict[str, float] = {}
        self.talking: dict[str, tuple[str, float, float]] = {}
        self.members = {name: [False, 0] for name in MEMBERS}
        self.logins: list[str] = []
        self.cut_after: int | None = None
        self._lock = RLock()
        self._connections: list[socket.socket] = []
        self._number = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Hang up on everybody."""
        self._server.close()
        with self._lock:
            for connection in self._connections:
                connection.close()

    # -- what happens -------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Something happens."""
        with self._lock:
            what = self.random.random()
            free = [name for name, (paused, _) in self.members.items() if not paused and name not in self._busy()]
            if what < 0.35:
                self._join()
            elif what < 0.6 and self.waiting and free:
                self._answer(next(iter(self.waiting)), self.random.choice(free))
            elif what < 0.8 and self.talking:
                self._complete(next(iter(self.talking)))
            elif what < 0.9 and self.waiting:
                self._leave(self.random.choice(list(self.waiting)), hung=self.random.random() < 0.5)
            else:
                self.pause(self.random.choice(MEMBERS))

    def pause(self, name: str) -> None:
        """A member takes a break, or comes back."""
        with self._lock:
            self.members[name][0] = not self.members[name][0]
            self._tell("QueueMemberPause", at=self._clock(), **self._member(name))

    def _join(self) -> None:
        self._number += 1
        now = self._clock()
        call = f"{int(now)}.{self._number}"
        self.waiting[call] = now
        self._log(now, call, "NONE", "ENTERQUEUE", "", "49", 1)
        self._tell("Newchannel", at=now, Uniqueid=call)
        self._tell("QueueCallerJoin", at=now, Uniqueid=call, Queue="billing", Position=1, CallerIDNum="49")

    def _answer(self, call: str, name: str) -> None:
        now = self._clock()
        waited = int(now - self.waiting[call])
        self.talking[call] = (name, now, now - self.waiting.pop(call))
        self._log(now, call, name, "CONNECT", waited, "1.1", 0)
        seat = {"Interface": name, "MemberName": name}
        self._tell("QueueCallerLeave", at=now, Uniqueid=call, Queue="billing")
        self._tell("QueueMemberStatus", at=now, **self._member(name))
        self._tell("AgentConnect", at=now, Uniqueid=call, Queue="billing", DestUniqueid="1.1", HoldTime=waited, RingTime=0, **seat)

    def _complete(self, call: str) -> None:
        now = self._clock()
        name, since, waited = self.talking.pop(call)
        self.members[name][1] = int(now)
        self._log(now, call, name, "COMPLETECALLER", int(waited), int(now - since), 1)
        seat = {"Interface": name, "MemberName": name, "HoldTime": int(waited), "TalkTime": int(now - since), "Reason": "caller"}
        self._tell("AgentComplete", at=now, Uniqueid=call, Queue="billing", **seat)
        self._tell("QueueMemberStatus", at=now, **self._member(name))

    def _leave(self, call: str, *, hung: bool) -> None:
        now = self._clock()
        waited = int(now - self.waiting.pop(call))
        self._log(now, call, "NONE", "ABANDON" if hung else "EXITWITHTIMEOUT", 1, 1, waited)
        if hung:
            self._tell("HangupRequest", at=now, Uniqueid=call)
        position = {"Position": 1, "OriginalPosition": 1, "HoldTime": waited}
        self._tell("QueueCallerAbandon", at=now, Uniqueid=call, Queue="billing", **position)
        self._tell("QueueCallerLeave", at=now, Uniqueid=call, Queue="billing")
        self._tell("Hangup", at=now, Uniqueid=call)

    def _busy(self) -> set[str]:
        return {name for name, _, _ in self.talking.values()}

    def state_of(self, name: str) -> str:
        """What a member does, in our words."""
        return "paused" if self.members[name][0] else "on_contact" if name in self._busy() else "available"

    def _member(self, name: str) -> dict[str, object]:
        paused, last = self.members[name]
        status = 2 if name in self._busy() else 1
        return {
            "Queue": "billing",
            "MemberName": name,
            "Interface": name,
            "Status": status,
            "Paused": int(paused),
            "InCall": int(name in self._busy()),
            "LastCall": last,
        }

    def _log(self, now: float, call: str, agent: str, word: str, *data: object) -> None:
        self.log.append("|".join([str(int(now)), call, "billing", agent, word, *map(str, data)]).encode() + b"\n")

    # -- the interface ------------------------------------------------------------------------------------------------

    def _tell(self, event: str, *, at: Any = None, **lines: object) -> None:
        privilege = "agent,all" if event.startswith(("Queue", "Agent")) else "call,all"
        raw = message(Event=event, Privilege=privilege, Timestamp=f"{at or self._clock():.6f}", **lines)
        for connection in list(self._connections):
            self._write(connection, raw)

    def _write(self, connection: socket.socket, raw: bytes) -> None:
        """All of it, or, where that was asked for, so many bytes and the end of the connection."""
        cut = None if self.cut_after is None else raw[: self.cut_after]
        with suppress(OSError):
            connection.sendall(raw if cut is None else cut)
        if self.cut_after is not None:
            self.cut_after -= len(raw)
            if self.cut_after <= 0:
                self.cut_after = None
                self._connections.remove(connection)
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                Thread(target=self._talk, args=(self._server.accept()[0],), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        held, challenge = b"", str(self.random.randrange(10**9))
        with suppress(OSError):
            connection.sendall(b"Asterisk Call Manager/5.0.4\r\n")
            while data := connection.recv(4096):
                held += data
                while b"\r\n\r\n" in held:
                    raw, _, held = held.partition(b"\r\n\r\n")
                    lines = dict(line.split(": ", 1) for line in raw.decode().split("\r\n"))
                    with self._lock:
                        self._act(connection, lines, challenge)
        with self._lock:
            if connection in self._connections:
                self._connections.remove(connection)

    def _act(self, connection: socket.socket, action: dict[str, str], challenge: str) -> None:
        mine = {"ActionID": action["ActionID"]} if "ActionID" in action else {}
        if action["Action"] == "Challenge":
            self._write(connection, message(Response="Success", **mine, Challenge=challenge))
        elif action["Action"] == "Login":
            key = hashlib.md5((challenge + SECRET).encode(), usedforsecurity=False).hexdigest()
            good = action["Username"] == USER and (action.get("Key") == key or action.get("Secret") == SECRET)
            if not good:
                connection.sendall(message(Response="Error", Message="Authentication failed"))
                connection.close()
                return
            self.logins.append("md5" if "Key" in action else "plain")
            self._write(connection, message(Response="Success", **mine, Message="Authentication accepted"))
            self._connections.append(connection)
            self._write(connection, message(Event="FullyBooted", Privilege="system,all", Uptime=1))
        elif action["Action"] == "Ping":
            self._write(connection, message(Response="Success", Ping="Pong", Timestamp=f"{self._clock():.6f}"))
        elif action["Action"] == "QueueStatus":
            self._write(connection, message(Response="Success", **mine, EventList="start") + b"".join(self._look(mine)))

    def _look(self, mine: dict[str, str]) -> Iterator[bytes]:
        yield message(Event="QueueParams", Queue="billing", Calls=len(self.waiting), **mine)
        for name in MEMBERS:
            lines = self._member(name)
            lines["Name"], lines["Location"] = lines.pop("MemberName"), lines.pop("Interface")
            yield message(Event="QueueMember", Membership="static", **lines, **mine)
        for call, since in self.waiting.items():
            yield message(Event="QueueEntry", Queue="billing", Position=1, Uniqueid=call, Wait=int(self._clock() - since), **mine)
        yield message(Event="QueueStatusComplete", EventList="Complete", **mine)


@contextmanager
def pbx(seed: int, clock: Callable[[], float] = time.time) -> Iterator[Pbx]:
    """A running one."""
    running = Pbx(seed, clock)
    try:
        yield running
    finally:
        running.close()
