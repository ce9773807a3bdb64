"""Ports: free, taken, and answered by a Kafka."""

from __future__ import annotations

import socket

import pytest

from stream.embedded.broker import Broker
from stream.embedded.ports import BELOW_CONNECTIONS, answers, free_ports, require_free
from stream.errors import PartMissing, WrongUse


def test_free_ports_are_different_and_free() -> None:
    """So many as asked, no two the same, each free."""
    ports = free_ports(3)
    for port in ports:
        require_free(port)
    assert 3 == len(set(ports))
    assert all(port in BELOW_CONNECTIONS for port in ports)


def test_a_taken_port_is_a_sentence() -> None:
    """A port that somebody listens on is refused, and another one named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PartMissing, match=rf"Port {port} of this machine is taken: .*--port {port + 1}, or --port 0"):
            require_free(port)


def test_no_port_at_all_is_wrong_use() -> None:
    """A number that is no port is refused as such."""
    with pytest.raises(WrongUse, match="70000 is no port"):
        require_free(70_000)


def test_only_a_kafka_answers(broker: Broker) -> None:
    """A broker answers; a port on which nobody listens does not."""
    assert (True, False) == (answers(broker.port), answers(free_ports(1)[0]))
