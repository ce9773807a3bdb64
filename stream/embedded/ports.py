"""Ports of this machine: free ones, taken ones, and whether a Kafka answers on one."""

from __future__ import annotations

import random
import socket
import struct
from contextlib import ExitStack, suppress

from stream.errors import PartMissing, WrongUse

HOST = "127.0.0.1"
HIGHEST = 65_535
BELOW_CONNECTIONS = range(20_000, 32_768)
"""Linux gives out 32768 and up, others 49152 and up; one of those may be taken by any connection before a server binds it."""
API_VERSIONS = 18


def free_ports(count: int) -> list[int]:
    """So many different ports that nobody listens on now, and that the system hands to no connection before they are used."""
    with ExitStack() as held:
        return [_bound(held.enter_context(socket.socket())) for _ in range(count)]


def _bound(taken: socket.socket) -> int:
    """Bind a socket to a free port below those that systems give to outgoing connections."""
    for port in random.sample(BELOW_CONNECTIONS, len(BELOW_CONNECTIONS)):
        with suppress(OSError):
            taken.bind((HOST, port))
            return port
    raise PartMissing(f"Every port from {BELOW_CONNECTIONS[0]} to {BELOW_CONNECTIONS[-1]} of this machine is taken: end some programs.")


def require_free(port: int) -> None:
    """Refuse a port that another program listens on."""
    if not 0 <= port <= HIGHEST:
        raise WrongUse(f"{port} is no port: choose one from 1 to {HIGHEST}, or 0 for a free one.")
    with socket.socket() as probe:
        # As the broker itself binds: connections of an earlier broker that linger do not take the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PartMissing(
                f"Port {port} of this machine is taken: end the program that listens there, "
                f"or choose another port (--port {port + 1}, or --port 0 for a free one)."
            ) from error


def answers(port: int) -> bool:
    """Whether a Kafka broker answers there: it is asked which requests it knows, as every client does first."""
    request = struct.pack(">hhih", API_VERSIONS, 0, 1, -1)
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(8)) > 0
    except OSError:
        return False
