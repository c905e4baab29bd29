"""Runs the real program in processes made to be killed: `python -m tests.torture.launcher`.

Each line on stdin is an `Order` as JSON. A fork of this process, which has imported everything
already, runs `bot.serving.serve` with it. Lines on stdout say what became of it: `{"pid": …}`,
`{"ready": url}`, `{"ended": exit status}`. Between two orders nothing of Oratio is alive.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys

from bot.exits import StartError
from bot.logs import configure
from bot.serving import serve
from tests.orders import ORDER, Order, say


def run(order: Order) -> int:
    """The program, until it is told to stop or killed; its exit status."""
    os.setpgid(0, 0)
    configure("WARNING", "json")
    try:
        return asyncio.run(
            serve(
                order.configuration(),
                ready=lambda url: say(ready=url),
                make=order.network,
                pace=order.pace,
            )
        )
    except StartError as error:
        sys.stderr.write(f"{error.words}\n")
        return int(error.exit)


def main() -> None:
    """Carry out one order after the other until stdin ends."""
    gc.collect()
    gc.freeze()  # a fork must not look through all that was imported, nor copy it to do so
    for line in sys.stdin:
        order = ORDER.validate_json(line)
        pid = os.fork()
        if pid == 0:
            os._exit(run(order))
        say(pid=pid)
        _, status = os.waitpid(pid, 0)
        say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
