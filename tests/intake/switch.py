"""A made-up FreeSWITCH: an event socket on a real port, as its documentation has it, and mod_callcenter with two queues behind it.

As the real one does, it sends the events that wait only between two commands, so after the answer to a command that came meanwhile.
"""

from __future__ import annotations

import json
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from select import select
from threading import RLock, Thread
from typing import Final

PASSWORD: Final = "look alike"
BILLING, SALES = "billing@default", "sales@default"
AGENTS: Final = ("1001@pbx", "1002@pbx", "1003@pbx")
WORDS: Final = {"In a queue call": "on_contact", "Receiving": "reserved"}


@dataclass(slots=True)
class Member:
    """A caller in a queue. Moments in seconds; bridged: 0 while they wait."""

    queue: str
    joined: float
    bridged: float = 0.0
    agent: str = ""


@dataclass(slots=True)
class Agent:
    """Somebody with a tier in both queues."""

    status: str = "Available"
    state: str = "Waiting"
    last_bridge_end: int = 0


class Client:
    """One connection to the event socket, and what waits to be sent to it."""

    def __init__(self, connection: socket.socket) -> None:
        """Nobody has logged in yet."""
        self.connection = connection
        self.events: deque[bytes] = deque()
        self.authed = self.subscribed = False


class Switch:
    """Callers come, are answered, and go. What the module says of it goes to whoever has subscribed, and into `log`, an event a line."""

    def __init__(self, seed: int, clock: Callable[[], float]) -> None:
        """Nobody calls yet. clock: its own, in seconds."""
        self.random = Random(seed)
        self.log: list[bytes] = []
        self.members: dict[str, Member] = {}
        self.agents = {name: Agent() for name in AGENTS}
        self.logins: list[str] = []
        self.cut_after: int | None = None
        self.loaded = True
        self._clock = clock
        self._lock = RLock()
        self._clients: list[Client] = []
        self._number = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Hang up on everybody."""
        self._server.close()
        with self._lock:
            for client in self._clients:
                client.connection.close()

    # -- what happens -------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Something happens."""
        with self._lock:
            what = self.random.random()
            waiting, talking = self.of(bridged=False), self.of(bridged=True)
            free = [name for name, agent in self.agents.items() if (agent.status, agent.state) == ("Available", "Waiting")]
            if what < 0.35:
                self._number += 1
                self._join(f"call-{self._number}", BILLING)
            elif what < 0.6 and waiting and free:
                self._ring(waiting[0], self.random.choice(free), answers=self.random.random() < 0.8)
            elif what < 0.8 and talking:
                self._complete(talking[0])
            elif what < 0.9 and waiting:
                self._leave(self.random.choice(waiting), hung=self.random.random() < 0.5)
            else:
                self.rest(self.random.choice(AGENTS))

    def of(self, *, bridged: bool) -> list[str]:
        """The calls that talk, or those that wait."""
        return [call for call, member in self.members.items() if bool(member.bridged) == bridged]

    def rest(self, name: str) -> None:
        """An agent goes on a break, or comes back."""
        with self._lock:
            agent = self.agents[name]
            agent.status = "Available" if agent.status == "On Break" else "On Break"
            self._tell("agent-status-change", **{"CC-Agent": name, "CC-Agent-Status": agent.status})

    def state_of(self, name: str) -> str:
        """What an agent does, in our words."""
        agent = self.agents[name]
        return WORDS.get(agent.state) or ("paused" if agent.status == "On Break" else "available")

    def _join(self, call: str, queue: str) -> None:
        self._tell("member-queue-start", call=call, queue=queue, **{"CC-Member-CID-Number": "4930"})
        self.members[call] = Member(queue, self._clock())
        self._tell("members-count", queue=queue, **{"CC-Count": str(len(self.members))})

    def _ring(self, call: str, name: str, *, answers: bool) -> None:
        member, agent = self.members[call], {"CC-Agent": name}
        self._state(name, "Receiving")
        self._tell("agent-offering", call=call, queue=member.queue, **agent)
        if not answers:
            self._tell("bridge-agent-fail", call=call, queue=member.queue, **agent, **{"CC-Hangup-Cause": "NO_ANSWER"})
            self._state(name, "Waiting")
            return
        now = self._clock()
        times = {"CC-Member-Joined-Time": str(int(member.joined)), "CC-Agent-Answered-Time": str(int(now))}
        self._tell("bridge-agent-start", call=call, queue=member.queue, **agent, **times)
        member.bridged, member.agent = now, name
        self._state(name, "In a queue call")

    def _complete(self, call: str) -> None:
        member, now = self.members[call], self._clock()
        times = {"CC-Agent-Answered-Time": str(int(member.bridged)), "CC-Bridge-Terminated-Time": str(int(now))}
        self._tell("bridge-agent-end", call=call, queue=member.queue, **{"CC-Agent": member.agent}, **times)
        self.agents[member.agent].last_bridge_end = int(now)
        del self.members[call]
        self._tell("member-queue-end", call=call, queue=member.queue, **{"CC-Cause": "Terminated"})
        self._state(member.agent, "Waiting")

    def _leave(self, call: str, *, hung: bool) -> None:
        member, now = self.members.pop(call), self._clock()
        times = {"CC-Member-Joined-Time": str(int(member.joined)), "CC-Member-Leaving-Time": str(int(now))}
        why = {"CC-Cancel-Reason": "BREAK_OUT", "Answer-State": "hangup"} if hung else {"CC-Cancel-Reason": "TIMEOUT"}
        self._tell("member-queue-end", call=call, queue=member.queue, **{"CC-Cause": "Cancel"}, **times, **why)
        if not hung and member.queue == BILLING:
            self._join(call, SALES)

    def _state(self, name: str, state: str) -> None:
        self.agents[name].state = state
        self._tell("agent-state-change", **{"CC-Agent": name, "CC-Agent-State": state})

    def _tell(self, action: str, *, call: str = "", queue: str = "", **more: str) -> None:
        stamp = str(int(self._clock() * 1_000_000))
        fields = {"Event-Name": "CUSTOM", "Event-Subclass": "callcenter::info", "Event-Date-Timestamp": stamp, "CC-Action": action}
        fields |= {"CC-Queue": queue} if queue else {}
        fields |= {"CC-Member-UUID": f"m-{call}", "CC-Member-Session-UUID": call} if call else {}
        body = json.dumps({**fields, **more}).encode()
        self.log.append(body + b"\n")
        for client in self._clients:
            if client.subscribed:
                client.events.append(f"Content-Length: {len(body)}\nContent-Type: text/event-json\n\n".encode() + body)

    # -- the event socket ---------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                Thread(target=self._talk, args=(Client(self._server.accept()[0]),), daemon=True).start()

    def _talk(self, client: Client) -> None:
        held = b""
        with self._lock:
            self._clients.append(client)
        with suppress(OSError, ValueError):  # hung up, by either side
            self._write(client, b"Content-Type: auth/request\n\n")
            while True:
                if select([client.connection], [], [], 0.01)[0]:
                    data = client.connection.recv(4096)
                    if not data:
                        break
                    held += data
                with self._lock:
                    while b"\n\n" in held:
                        raw, _, held = held.partition(b"\n\n")
                        self._act(client, raw.decode().strip())
                    while client.events:
                        self._write(client, client.events.popleft())
        with self._lock:
            self._clients.remove(client)
        client.connection.close()

    def _write(self, client: Client, raw: bytes) -> None:
        """All of it, or, where that was asked for, so many bytes and the end of the connection."""
        cut = self.cut_after if client.subscribed else None
        client.connection.sendall(raw if cut is None else raw[:cut])
        if cut is not None:
            self.cut_after = cut - len(raw) if cut > len(raw) else None
            if self.cut_after is None:
                client.connection.shutdown(socket.SHUT_RDWR)

    def _reply(self, client: Client, text: str) -> None:
        self._write(client, f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode())

    def _act(self, client: Client, command: str) -> None:
        word, _, rest = command.partition(" ")
        if not client.authed:
            good = (word, rest) == ("auth", PASSWORD) or (word, rest) == ("userauth", f"answerable@default:{PASSWORD}")
            self._reply(client, "+OK accepted" if good else "-ERR invalid")
            if not good:
                self._write(client, b"Content-Type: text/disconnect-notice\nContent-Length: 16\n\nDisconnected...\n")
                client.connection.shutdown(socket.SHUT_RDWR)
            client.authed = good
        elif command == "event json CUSTOM callcenter::info":
            self.logins.append(command)
            self._reply(client, "+OK event listener enabled json")
            client.subscribed = True
        elif word == "api":
            answer = self._api(rest).encode()
            self._write(client, f"Content-Type: api/response\nContent-Length: {len(answer)}\n\n".encode() + answer)
        else:
            self._reply(client, "-ERR command not found")

    def _api(self, command: str) -> str:
        if command == "strmicroepoch":
            return str(int(self._clock() * 1_000_000))
        if not self.loaded:
            return "-ERR callcenter_config Command not found!\n"
        if command == "callcenter_config queue list":
            return f"name|strategy|moh_sound\n{BILLING}|longest-idle-agent|silence\n{SALES}|ring-all|silence\n+OK\n"
        if command == "callcenter_config agent list":
            contact = "[leg_timeout=10]user/1|user/2"
            rows = [f"{name}|single_box|{contact}|{a.status}|{a.state}|{a.last_bridge_end}" for name, a in self.agents.items()]
            return self._list("name|instance_id|contact|status|state|last_bridge_end", rows)
        if command == "callcenter_config tier list":
            return self._list("queue|agent|state|level|position", [f"{q}|{name}|Ready|1|1" for q in (BILLING, SALES) for name in AGENTS])
        queue = command.removeprefix("callcenter_config queue list members ")
        columns = "queue|uuid|session_uuid|cid_number|cid_name|joined_epoch|rejoined_epoch|bridge_epoch|serving_agent|state"
        return self._list(columns, [self._row(call, one) for call, one in self.members.items() if one.queue == queue])

    @staticmethod
    def _row(call: str, one: Member) -> str:
        """A member as the module lists it; a caller's name may hold its sign between columns."""
        state = "Answered" if one.bridged else "Waiting"
        return f"{one.queue}|m-{call}|{call}|4930|a | b|{int(one.joined)}|0|{int(one.bridged)}|{one.agent}|{state}"

    @staticmethod
    def _list(columns: str, rows: list[str]) -> str:
        """Without rows not even the columns are written."""
        return "".join(f"{line}\n" for line in ([columns, *rows] if rows else [])) + "+OK\n"


@contextmanager
def switch(seed: int, clock: Callable[[], float] = time.time) -> Iterator[Switch]:
    """A running one."""
    running = Switch(seed, clock)
    try:
        yield running
    finally:
        running.close()
