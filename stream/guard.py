"""Ends a child process when ours ends, even by a SIGKILL: what demo and verify start must not outlive them.

A shell reads from a pipe whose other end is ours. That end is closed when our process is gone, however that went.
"""

from __future__ import annotations

import subprocess
from contextlib import suppress
from typing import Final

from stream.errors import PartMissing

PATIENCE_SECONDS: Final = 20
"""How long a child may take for a clean end; then it is killed."""


class Guard:
    """Watches over one child process, until it is released."""

    def __init__(self, pid: int) -> None:
        """Begin to watch. Raises PartMissing where there is no shell."""
        script = f"(read _ || {{ kill {pid} && sleep {PATIENCE_SECONDS} && kill -9 {pid}; }}) <&3 2>&- &"
        guard = subprocess.Popen(  # noqa: S603 - our own words
            ["/bin/sh", "-c", f"exec 3<&0; {script}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        guard.wait()
        if guard.stdin is None:
            raise PartMissing("A child process could not be guarded: /bin/sh did not start.")
        self._pipe = guard.stdin

    def release(self) -> None:
        """Watch no longer: a line on the pipe says so. The child was ended, and its process id may be somebody else's."""
        with suppress(OSError):  # somebody may have ended the shell
            self._pipe.write(b"\n")
        with suppress(OSError):
            self._pipe.close()
