"""backup, restore, verify and doctor."""

import argparse
import asyncio
from pathlib import Path

from desktop_inbox.app.office import Office
from desktop_inbox.clock import now
from desktop_inbox.config import Config
from desktop_inbox.services.backup import restore as restore_backup
from desktop_inbox.services.doctor import Health, examine
from desktop_inbox.services.secrets import SecretStore

from . import EXIT_PROBLEMS
from .output import Output


async def backup(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Write a copy of the database and read it whole."""
    target = None if options.target is None else Path(options.target)
    made = await office.backup.make(target)
    output.item(
        f"Copied to {made.path} and checked; messages: {made.messages:,}.", file=made.path, messages=made.messages
    )
    return 0


async def restore(config: Config, options: argparse.Namespace, output: Output) -> int:
    """Put a backup in the place of the database."""
    config.prepare()
    kept = await asyncio.to_thread(restore_backup, Path(options.file), config.database_url)
    told = f" The database that was there is kept as {kept}." if kept else ""
    output.item(f"{options.file} is restored.{told}", restored=options.file, kept=kept)
    return 0


async def verify(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Check ledger, counters, search index and files."""
    if options.repair:
        mended = await office.verify.set_counters_right()
        output.item(f"{mended} counters were set right.", mended=mended)
    findings = await office.verify.verify()
    for finding in findings:
        output.item(f"{'ok  ' if finding.ok else 'FAIL'} {finding.sentence} {finding.hint}".rstrip(), **finding.json())
    return 0 if all(finding.ok for finding in findings) else EXIT_PROBLEMS


async def doctor(config: Config, output: Output) -> int:
    """Examine the installation; works where nothing else does."""
    checks = await examine(config, clock=now, secrets=SecretStore(config.data_dir))
    marks = {Health.GOOD: "ok  ", Health.NOTE: "note", Health.BAD: "FAIL"}
    for check in checks:
        output.item(
            f"{marks[check.health]} {check.sentence} {check.remedy}".rstrip(),
            check=check.name,
            health=check.health,
            sentence=check.sentence,
            remedy=check.remedy,
        )
    return EXIT_PROBLEMS if any(check.health is Health.BAD for check in checks) else 0
