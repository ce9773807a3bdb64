"""One connection to Asterisk's manager interface: log in, ask, read whole messages. It says nothing of what they mean."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Final

from stream.errors import PartMissing
from stream.intake.line import CONNECT_SECONDS, Line
from stream.sources.asterisk_ami.mapping import AmiMapping
from stream.sources.asterisk_ami.messages import Message, Splitter, parse
from stream.sources.asterisk_ami.translator import LOOK

PING_SECONDS: Final = 15.0


class Connection:
    """Logged in from the beginning. Every method raises PartMissing where the PBX is not there (any more)."""

    def __init__(self, mapping: AmiMapping, secret: str, stopped: Callable[[], bool]) -> None:
        """Connect and log in; gives up as soon as `stopped`."""
        self._mapping = mapping
        self._stopped = stopped
        self._splitter = Splitter()
        self._early: list[bytes] = []
        self._pinged = self._looked = time.monotonic()
        self._line = Line(
            f"Asterisk's manager interface at {mapping.address}",
            mapping.address,
            check="check address here, enabled, bindaddr and tlsenable in manager.conf",
            after="look after the PBX or the network",
            tls=mapping.tls,
            ca=mapping.tls_ca,
        )
        try:
            self._login(secret)
        except BaseException:
            self.close()
            raise
        self._looked = -mapping.every

    def read(self) -> list[bytes]:
        """The messages that have come; none after a short while without news. Asks and pings where that is due."""
        now = time.monotonic()
        if (now - self._looked) * 1000 >= self._mapping.every:
            self._looked = self._pinged = now
            # The answer to the ping has the PBX's time, for what the look at all queues shows.
            self._send({"Action": "Ping"}, {"Action": "QueueStatus", "ActionID": f"{LOOK}{now:.0f}"})
        elif now - self._pinged >= PING_SECONDS:
            self._pinged = now
            self._send({"Action": "Ping"})
        early, self._early = self._early, []
        return early or self._receive()

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _login(self, secret: str) -> None:
        mapping = self._mapping
        classes = "agent,call" if "calls" in mapping.tell else "agent"
        login = {"Action": "Login", "ActionID": "login", "Username": mapping.username, "Events": classes}
        if mapping.plain:
            self._send({**login, "Secret": secret})
        else:
            self._send({"Action": "Challenge", "ActionID": "challenge", "AuthType": "MD5"})
            challenge = self._answer("challenge").get("challenge", "")
            key = hashlib.md5(f"{challenge}{secret}".encode(), usedforsecurity=False).hexdigest()
            self._send({**login, "AuthType": "MD5", "Key": key})
        if self._answer("login")["response"].lower() != "success":
            raise PartMissing(
                f"Asterisk at {mapping.address} does not let {mapping.username} in: check username and secret here, "
                "permit and deny in manager.conf."
            )

    def _answer(self, action: str) -> Message:
        """The answer to an action; what comes besides is kept for `read`."""
        until = time.monotonic() + CONNECT_SECONDS
        while time.monotonic() < until and not self._stopped():
            messages = self._receive()
            for index, raw in enumerate(messages):
                message = parse(raw) or {}
                # Asterisk 16 answers a refused login without its ActionID.
                if "response" in message and message.get("actionid", action) == action:
                    self._early += messages[index + 1 :]
                    return message
                self._early.append(raw)
        raise PartMissing(f"Asterisk at {self._mapping.address} does not answer: check that its manager interface listens there.")

    def _send(self, *actions: dict[str, str]) -> None:
        lines = (f"{name}: {value}\r\n" for action in actions for name, value in (*action.items(), ("", "")))
        self._line.send("".join("\r\n" if line == ": \r\n" else line for line in lines).encode())

    def _receive(self) -> list[bytes]:
        return self._splitter.feed(self._line.receive())
