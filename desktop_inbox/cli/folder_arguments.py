"""The arguments of ``label`` and ``message``."""

import argparse
from collections.abc import Callable

from desktop_inbox.models.entities.folder import Folder

from .argument_types import row_count

_LISTED = tuple(folder.value for folder in Folder if folder is not Folder.SCHEDULES)


def add_label(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the arguments of ``label``."""
    label = add("label", "List, make and remove the labels of messages.")
    labels = label.add_subparsers(dest="action", metavar="ACTION", required=True)
    labels.add_parser("list", help="every label, with its messages that are not archived")
    labels.add_parser("add", help="make a label").add_argument("name")
    labels.add_parser("remove", help="remove a label; its messages stay").add_argument("name")


def add_filing(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """Add to ``message`` what files messages; ``add_parser`` is that of its actions."""
    add_parser("folders", help="every folder and how many it has")
    for action, summary in (
        ("list", "the messages of a folder, newest first"),
        ("archive", "take incoming messages out of the inbox"),
        ("restore", "put archived messages back where they lay"),
        ("delete", "delete archived messages for good"),
        ("label", "put a label on incoming messages"),
    ):
        one = add_parser(action, help=summary, description=summary.capitalize() + ".")
        if action != "list":
            one.add_argument("message", nargs="*", type=int, help="numbers of messages")
        where = one.add_mutually_exclusive_group(required=action == "list")
        where.add_argument("--folder", choices=_LISTED, help="all of a folder" + (" instead" * (action != "list")))
        where.add_argument("--of-label", metavar="NAME", help="all that have a label and are not archived")
        one.add_argument("--search", default="", metavar="WORDS", help="only those with these words, name or number")
        if action == "list":
            one.add_argument("--limit", type=row_count, default=50, help="at most so many (50)")
        elif action == "delete":
            one.add_argument("--yes", action="store_true", help="it cannot be undone")
        elif action == "label":
            one.add_argument("--name", required=True, help="the label; a new one is made")
            one.add_argument("--off", action="store_true", help="take it off instead")
