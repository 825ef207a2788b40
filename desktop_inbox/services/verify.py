"""VerifyService: proves that the office's records are whole."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from desktop_inbox.errors import StoreError
from desktop_inbox.models import checks
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .attachment_files import AttachmentFolder
from .backup import check_integrity


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check and what it found."""

    check: str  # stable: "database", "ledger", "counters", "search", "files_missing", "files_orphaned"
    ok: bool
    sentence: str
    hint: str = ""
    count: int = 0  # of what is wrong

    def json(self) -> dict[str, str | int | bool]:
        """Return the finding for the command line's JSON."""
        return {
            "check": self.check,
            "ok": self.ok,
            "sentence": self.sentence,
            "hint": self.hint,
            "count": self.count,
        }


class VerifyService:
    """Reads everything and changes nothing, unless it is asked to set counters right."""

    def __init__(self, store: Store, *, attachments_dir: Path) -> None:
        self._store = store
        self._folder = AttachmentFolder(attachments_dir)

    async def verify(self) -> tuple[Finding, ...]:
        """Run every check. The office goes on meanwhile."""
        found = []
        for check in (self._database, self._ledger, self._counters, self._search, self._files):
            found += await asyncio.to_thread(check)
        return tuple(found)

    async def set_counters_right(self) -> int:
        """Store what was counted where a badge differs; returns how many were wrong."""

        def mend(work: Work) -> int:
            wrong = checks.wrong_columns(work)
            checks.set_right(work, wrong)
            return len(wrong)

        return await self._store.run(mend)

    def _database(self) -> list[Finding]:
        try:
            check_integrity(self._store)
        except StoreError as error:
            return [Finding(check="database", ok=False, sentence=error.message, hint=error.hint, count=1)]
        return [Finding(check="database", ok=True, sentence="The database is whole.")]

    def _ledger(self) -> list[Finding]:
        problems = self._store.read_apart(lambda work: work.ledger.check_chain())
        lines = self._store.read_apart(lambda work: work.ledger.count())
        if not problems:
            return [Finding(check="ledger", ok=True, sentence=f"The delivery ledger is unbroken: {lines:,} lines.")]
        first = problems[0]
        sentence = f"The delivery ledger was tampered with in {len(problems)} places, first at line {first.seq}."
        hint = "Compare it with a backup; the messages themselves are not changed by this."
        return [Finding(check="ledger", ok=False, sentence=sentence, hint=hint, count=len(problems))]

    def _counters(self) -> list[Finding]:
        wrong = self._store.read_apart(checks.wrong_columns)
        if not wrong:
            return [Finding(check="counters", ok=True, sentence="Every counter equals a count over the messages.")]
        sentence = f"{len(wrong)} counters of conversations differ from a count over the messages."
        hint = "Run verify with --repair to set them right."
        return [Finding(check="counters", ok=False, sentence=sentence, hint=hint, count=len(wrong))]

    def _search(self) -> list[Finding]:
        problem = self._store.read_apart(checks.index_problem)
        if not problem:
            return [Finding(check="search", ok=True, sentence="The search index holds every message.")]
        hint = "It is completed when the program starts."
        return [Finding(check="search", ok=False, sentence=problem, hint=hint, count=1)]

    def _files(self) -> list[Finding]:
        known = dict(self._store.read_apart(lambda work: list(checks.stored_files(work))))
        missing = [sha256 for sha256, size in known.items() if not _is_there(self._folder.path_of(sha256), size)]
        orphaned = [path for path in self._folder.root.rglob("*") if path.is_file() and _is_content(path, known)]
        return [
            Finding(
                check="files_missing",
                ok=not missing,
                sentence=f"{len(missing)} files of messages are missing or cut short."
                if missing
                else f"All {len(known):,} files of messages are there.",
                hint="Put the attachments folder of a backup back." if missing else "",
                count=len(missing),
            ),
            Finding(
                check="files_orphaned",
                ok=not orphaned,
                sentence=f"{len(orphaned)} files belong to no message." if orphaned else "No file is left over.",
                hint="They do no harm; they are what an interrupted download left." if orphaned else "",
                count=len(orphaned),
            ),
        ]


def _is_there(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _is_content(path: Path, known: dict[str, int]) -> bool:
    """Return whether a file is named like a content and no message has it."""
    name = path.parent.name + path.name
    return len(name) == 64 and all(digit in "0123456789abcdef" for digit in name) and name not in known
