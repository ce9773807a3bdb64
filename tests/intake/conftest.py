"""The parts that several of these tests listen to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import part
from tests.parts.postgresql import Postgres


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL for the tests of a file."""
    server = Postgres(part("initdb"), part("postgres"), tmp_path_factory.mktemp("postgres"))
    yield server
    server.stop()
