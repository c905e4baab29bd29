"""What App Home says."""

from __future__ import annotations

NOBODY_WAITS = "Nobody is waiting."
