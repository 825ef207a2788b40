"""A start of the product as it is started by a click, told by its own milestones; run as a process of its own.

Prints a JSON object for each milestone with the CPU time of the process so far, and last its memory, taken two
seconds after the first round of fetching began: everything that belongs to a start is imported by then.
"""

import json
import os
import sys
import threading
import time

from desktop_inbox.app import milestones
from desktop_inbox.app.milestones import Milestone

_SETTLED = 2.0  # seconds


def _tell(milestone: Milestone) -> None:
    print(json.dumps({"mark": milestone.value, "cpu": time.process_time()}), flush=True)
    if milestone is Milestone.CARRYING:
        threading.Timer(_SETTLED, _end).start()


def _end() -> None:
    cpu = time.process_time()
    import psutil

    memory = psutil.Process().memory_info().rss / 1e6
    print(json.dumps({"mark": "done", "cpu": cpu, "memory": memory}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    from desktop_inbox.__main__ import main

    milestones.listeners.append(_tell)
    sys.argv = ["desktop-inbox"]
    main()
