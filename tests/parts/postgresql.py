"""A real PostgreSQL of this machine's own, without root's rights even where the tests run as root."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import sqlalchemy

from stream.embedded.ports import free_ports

USER: Final = "answerable"
PASSWORD: Final = "not-for-logs"
PATIENCE: Final = 120.0


class Postgres:
    """A cluster in a directory; it can be stopped and started again on the same port."""

    def __init__(self, initdb: Path, program: Path, home: Path) -> None:
        """Make the cluster and start its server."""
        self.port = free_ports(1)[0]
        self._home, self._program = home, program
        secret = home / "password"
        secret.write_text(PASSWORD)
        self._run = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
        made = [*self._run, str(initdb), "-D", str(home / "data"), "-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        subprocess.run([*made, "-E", "UTF8", "--no-locale"], check=True, capture_output=True)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """The address of its database, as a user writes it."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def engine(self) -> sqlalchemy.Engine:
        """A connection of the tests' own, which may write."""
        return sqlalchemy.create_engine(self.url.replace("postgresql:", "postgresql+pg8000:", 1))

    def start(self) -> None:
        """Start the server and wait until it answers."""
        place = ["-D", str(self._home / "data"), "-h", "127.0.0.1", "-p", str(self.port), "-k", "", "-F", "-c", "timezone=UTC"]
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen([*self._run, str(self._program), *place], stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        engine = self.engine()
        while True:
            try:
                with closing(engine.connect()):
                    engine.dispose()
                    return
            except sqlalchemy.exc.DBAPIError:
                assert self._process.poll() is None, (self._home / "log").read_text()
                assert time.monotonic() < deadline, "PostgreSQL does not answer"
                time.sleep(0.1)

    def stop(self) -> None:
        """End the server and all its connections."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)
            self._process = None
