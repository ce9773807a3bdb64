"""Asking a worker for its board: a worker that is busy is another matter than one that is not there."""

from __future__ import annotations

import asyncio
import socket

import pytest

from stream.errors import PartMissing
from stream.intake.board import Asked


def test_a_worker_that_does_not_answer_in_time_is_there_and_busy() -> None:
    """Who is told that none answers, and to start one, would start a second beside it."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        url = f"http://127.0.0.1:{busy.getsockname()[1]}"
        with pytest.raises(PartMissing, match=r"took the connection and did not answer within 0\.2 s: it is busy") as said:
            asyncio.run(Asked(url, seconds=0.2).board())
    assert "start one" not in str(said.value)


def test_where_nobody_takes_the_connection_no_worker_answers() -> None:
    """The port is closed again."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with pytest.raises(PartMissing, match=f"No worker answers at {url} .*: start one with `answerable worker`"):
        asyncio.run(Asked(url, seconds=0.2).board())
