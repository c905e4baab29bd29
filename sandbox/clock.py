"""The stand-in's own clock, which a test may put forward."""

import time


class Clock:
    """Seconds since 1970, plus whatever `advance` added."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return the present moment in seconds; goes back only if the machine's clock does."""
        return time.time() + self._ahead

    def unmoved(self) -> float:
        """Return the machine's own time: what is signed with it is judged by a clock nobody moved."""
        return time.time()

    def advance(self, seconds: float) -> None:
        """Put the clock forward: trigger ids, response URLs and rate limits age at once."""
        self._ahead += seconds
