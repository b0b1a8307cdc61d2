"""How a role ends: SIGTERM or SIGINT asks it to finish what it holds, and it goes when its parent is gone."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from types import FrameType

PARENT = "REGULARS_PARENT"  # the process that supervises this one
PR_SET_PDEATHSIG = 1


def stop_on_signals() -> threading.Event:
    """Returns an event that the first SIGTERM or SIGINT sets; the second ends the process as it usually would."""
    stop = threading.Event()

    def asked(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)
    return stop


def follow_parent() -> None:
    """Asks the kernel to end this process with SIGTERM when its supervisor dies, be it by SIGKILL.

    Without that a killed `serve` would leave its roles behind, and the next one would find the port taken. Only Linux
    can do it; elsewhere, and for a role that was started by hand, nothing happens.
    """
    parent = os.environ.get(PARENT)
    if not parent or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):  # it died before we had asked
        os.kill(os.getpid(), signal.SIGTERM)
