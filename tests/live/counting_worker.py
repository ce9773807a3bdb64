"""A worker process with the counting stages; its settings come from the environment, as for the product's command."""

from __future__ import annotations

import asyncio
import logging
import sys

from stream.config.settings import load
from stream.errors import AnswerableError
from stream.live.app import build_app
from stream.live.preflight import check
from stream.live.worker import run
from tests.live.stages import counting_processors


async def main() -> None:
    """Check, build, run."""
    settings = load()
    processors = counting_processors(settings)
    await check(settings, processors)
    app = build_app(settings, processors)
    app.timed = frozenset()
    await run(app, lambda: print("ready", flush=True))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    try:
        asyncio.run(main())
    except AnswerableError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
