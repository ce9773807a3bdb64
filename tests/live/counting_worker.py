"""A worker process with the counting stages; its settings come from the environment, as for the product's command."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import sys

from stream.config.settings import Settings, load
from stream.errors import AnswerableError
from stream.live.app import CentreApp
from stream.live.section import Processor
from stream.live.worker import run
from tests.live.stages import counting_processors


def make(settings: Settings, _: int) -> tuple[Processor, ...]:
    """The counting processors."""
    return counting_processors(settings)


def ready(app: CentreApp, address: str) -> None:
    """Tell the test."""
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()


def limit(size: int) -> None:
    """Let this process write no file beyond `size`, as if the disk were full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    if "FILE_LIMIT" in os.environ:
        limit(int(os.environ["FILE_LIMIT"]))
    try:
        asyncio.run(run(load(), make, ready))
    except AnswerableError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(error.exit_code)
