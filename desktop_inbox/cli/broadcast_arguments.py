"""The arguments of ``broadcast``."""

import argparse
from collections.abc import Callable

from desktop_inbox.models.entities.batch import BatchStatus
from desktop_inbox.models.entities.contact import Scheme

from .argument_types import day, row_count

_Add = Callable[[str, str], argparse.ArgumentParser]


def add_broadcast(add: _Add) -> None:
    """Add the command."""
    actions = add("broadcast", "Send one text to many, and follow what becomes of it.").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    create = actions.add_parser("create", help="to a segment, a contact list or the rows of a file")
    create.add_argument("text", help="the text, with variables such as $contact.firstname; - reads standard input")
    whom = create.add_mutually_exclusive_group(required=True)
    whom.add_argument("--segment", metavar="FILTER", help="a segment's name, or a filter")
    whom.add_argument("--list", metavar="NAME", help="a contact list")
    whom.add_argument("--file", metavar="FILE", help="a CSV file; its columns are $row.<heading> in the text")
    create.add_argument("--known-only", action="store_true", help="numbers of nobody are listed, and make no contact")
    create.add_argument("--channel", metavar="NAME", help="the channel's name or number, where there are several")
    create.add_argument("--other-channels", action="store_true", help="where it does not reach somebody, use another")
    create.add_argument("--attach", action="append", default=[], metavar="FILE")
    create.add_argument("--team", metavar="NAME", help="for which team; else for your own")
    create.add_argument("--name", default="", help="what the batch is called")
    create.add_argument("--pace", type=int, default=0, metavar="NUMBER", help="messages per minute; 0 for no limit")
    create.add_argument("--at", metavar="MOMENT", help="such as: 2026-12-01 09:00, tomorrow 9:00")
    create.add_argument("--dry-run", action="store_true", help="tell what would happen to everybody; nothing is sent")
    _add_batch_filters(actions.add_parser("list", help="what was sent, newest first; every filter combines"))
    for name, told in (
        ("show", "how far one is"),
        ("stop", "cancel whatever has not left, at any moment"),
        ("cancel", "call it off before it is sending"),
        ("move", "process it, or what waits of it, at another time"),
        ("recipients", "what became of each recipient"),
    ):
        one = actions.add_parser(name, help=told)
        one.add_argument("batch", metavar="CODE", help="such as B-2611-0042")
        if name == "move":
            one.add_argument("at", metavar="MOMENT")
        if name == "recipients":
            one.add_argument("--csv", metavar="FILE", help="write them there")


def _add_batch_filters(listed: argparse.ArgumentParser) -> None:
    def several(name: str, told: str, *, choices: tuple[str, ...] | None = None, metavar: str | None = None) -> None:
        listed.add_argument(name, action="append", default=[], choices=choices, metavar=metavar, help=told)

    listed.add_argument("--limit", type=row_count, default=20, metavar="NUMBER")
    several("--status", "in this state; each of these may be given several times", choices=tuple(map(str, BatchStatus)))
    several("--type", "kind of channel", choices=tuple(map(str, Scheme)))
    several("--user", "who sent it", metavar="NAME")
    several("--team", "for which team", metavar="NAME")
    listed.add_argument("--id", dest="code", default="", metavar="ID", help="the whole id or its beginning")
    listed.add_argument("--file", default="", metavar="TEXT", help="any part of the file's name")
    listed.add_argument("--from", dest="first", type=day, metavar="DAY", help="due on it or later, such as 2026-12-01")
    listed.add_argument("--to", dest="last", type=day, metavar="DAY", help="due on it or earlier")
    listed.add_argument("--singles", action="store_true", help="single messages too, as batches of one")
    listed.add_argument("--count", action="store_true", help="only tell how many fit, and of how many")
