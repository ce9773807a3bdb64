"""Signals are noted and raised at safe places only."""

from __future__ import annotations

import os
import signal

import pytest

from stream.demo.ending import Ended, Ending


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_is_raised_by_the_next_check_and_once(number: signal.Signals, code: int) -> None:
    """The check after a signal raises with the exit code that a shell expects; what ends the parts is not interrupted again."""
    with Ending() as ending:
        ending.check()
        os.kill(os.getpid(), number)
        with pytest.raises(Ended) as ended:
            ending.check()
        ending.check()
    assert ended.value.code == code


def test_a_second_ctrl_c_does_not_wait_for_a_check() -> None:
    """Where nothing checks for long, a second Ctrl-C raises at once."""
    with Ending():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_nothing_interrupts_the_ending_itself() -> None:
    """After `close` signals are swallowed, until the demo listens no longer."""
    before = signal.getsignal(signal.SIGTERM)
    with Ending() as ending:
        ending.close()
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
        ending.check()
    assert signal.getsignal(signal.SIGTERM) == before
