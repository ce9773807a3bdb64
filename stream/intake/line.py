"""One TCP connection to a system that talks: bytes out, bytes in, and the sentence that says that it is gone."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Final

from stream.errors import PartMissing
from stream.sources.addresses import Address

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 0.25
"""How long one read waits for news."""
SILENT_SECONDS: Final = 60.0
"""Who answers nothing for so long is gone, whatever the network says."""
AT_ONCE: Final = 65_536


class Line:
    """Connected from the beginning. Every method raises PartMissing where the other side is not there (any more)."""

    def __init__(self, what: str, address: Address, *, check: str, after: str, tls: bool = False, ca: str | None = None) -> None:
        """Connect.

        what: the system with its address, for people. check: what to look at where it cannot be reached; after: where it is gone.
        tls: whether to talk over it; ca: a file with whom to trust, else the machine's own.
        """
        self._what = what
        self._after = after
        try:
            opened = socket.create_connection((address.host, address.port), CONNECT_SECONDS)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._socket = ssl.create_default_context(cafile=ca).wrap_socket(opened, server_hostname=address.host) if tls else opened
        except OSError as refused:
            raise PartMissing(f"{what} cannot be reached ({refused.strerror or refused}): {check}.") from None
        self._socket.settimeout(READ_SECONDS)
        self._heard = time.monotonic()

    def send(self, data: bytes) -> None:
        """Send all of it."""
        try:
            self._socket.sendall(data)
        except OSError as broken:
            raise self.gone(str(broken.strerror or broken)) from None

    def receive(self) -> bytes:
        """What has come; nothing after a short while without news."""
        now = time.monotonic()
        try:
            data = self._socket.recv(AT_ONCE)
        except TimeoutError:
            if now - self._heard > SILENT_SECONDS:
                raise self.gone(f"it has said nothing for {SILENT_SECONDS:g} s") from None
            return b""
        except OSError as broken:
            raise self.gone(str(broken.strerror or broken)) from None
        if not data:
            raise self.gone("it hung up")
        self._heard = now
        return data

    def gone(self, reason: str) -> PartMissing:
        """The sentence that the other side is not there any more."""
        return PartMissing(f"The connection to {self._what} is gone ({reason}): {self._after}.")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
