"""A program of its own: runs another one of ours within limits of memory, computing time and output.

Run with `-I`, it sees neither our modules nor the environment. What people sent is read by large old
libraries: whatever goes wrong in them, or takes too long or too much memory, ends this process and
nothing else. Arguments: the program, and what that is given.
"""

from __future__ import annotations

import contextlib
import os
import resource
import runpy
import sys

_MEMORY = 1 << 30
_SECONDS = 60
_BYTES = 64_000_000
"""At most so much memory, computing time, and output."""


def _limit() -> None:
    os.nice(10)
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_FSIZE, _BYTES),
    ):
        with contextlib.suppress(ValueError, OSError):  # not every system knows each of them
            resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    _limit()
    del sys.argv[0]
    runpy.run_path(sys.argv[0], run_name="__main__")
