"""snippet and consent: the saved replies, and the message that goes first."""

import argparse
import sys
from pathlib import Path

from desktop_inbox.app.office import Office

from .output import Output


async def snippet(office: Office, options: argparse.Namespace, output: Output) -> int:
    """List, import or export the saved replies."""
    if options.action == "export":
        count = await office.snippets.export_csv(Path(options.file))
        output.item(f"{count} snippets were exported.", count=count)
        return 0
    if options.action == "import":
        done = await office.snippets.import_csv(Path(options.file))
        for problem in done.problems:
            output.item(problem, problem=problem)
        output.item(
            f"{done.added} new, {done.changed} changed, {done.unchanged} as before.",
            added=done.added,
            changed=done.changed,
            unchanged=done.unchanged,
            problems=len(done.problems),
        )
        return 1 if done.problems else 0
    library = await office.snippets.library()
    for one in library.find(" ".join(options.words)):
        folder = library.folder_name(one)
        shortcut = f"/{one.shortcut}" if one.shortcut else "-"
        output.item(
            f"{shortcut}  {one.name}" + (f"  ({folder})" if folder else ""),
            id=one.id,
            name=one.name,
            shortcut=one.shortcut,
            folder=folder,
            content=one.text,
            uses=one.uses,
        )
    return 0


async def consent(office: Office, options: argparse.Namespace, output: Output) -> int:
    """Show or set whether a consent message goes before the first message to a contact."""
    if options.action == "set":
        text = sys.stdin.read() if options.text == "-" else options.text
        policy = await office.consent.set_policy(required=True, text=text)
    elif options.action == "off":
        known = await office.consent.policy()
        policy = await office.consent.set_policy(required=False, text=known.text)
    else:
        policy = await office.consent.policy()
    words = f"A consent message goes first: {policy.text}" if policy.required else "No consent message goes first."
    output.item(words, required=policy.required, content=policy.text)
    return 0
