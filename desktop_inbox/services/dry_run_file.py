"""A dry run as a file: a line for everybody a broadcast was meant for, and what the gate says of each."""

import csv
from pathlib import Path
from typing import Final

from desktop_inbox.models.entities.batch import DryRun

from . import sheet_guard
from .export import Replacing

COLUMNS: Final = ("Line", "Name", "Address", "Verdict", "Reason code", "Reason", "Segments", "Text")


def write_dry_run(target: Path, found: DryRun) -> int:
    """Write everybody into ``target``, which appears when it is complete; returns how many. Blocks: for worker threads.

    UTF-8 with a byte order mark, every cell quoted, none that a spreadsheet would run or rewrite.
    """
    with Replacing(target) as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for one in found.recipients:
            cells = (
                str(one.line or ""), one.name, one.address, str(one.kind), one.code, one.sentence, str(one.segments),
                one.text,
            )  # fmt: skip
            writer.writerow([sheet_guard.guard(cell) for cell in cells])
    return len(found.recipients)
