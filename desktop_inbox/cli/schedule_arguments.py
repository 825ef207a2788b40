"""The arguments of ``schedule``."""

import argparse
from collections.abc import Callable

_REPEATS = ("never", "daily", "weekly", "monthly")


def add_schedule(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the command."""
    schedule = add("schedule", "What leaves later, once or again and again.")
    actions = schedule.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="what is scheduled, with its numbers; what is asked about first")
    _add_new(actions.add_parser("add", help="schedule a message"))
    for action, summary in (
        ("pause", "let nothing leave until it is resumed"),
        ("resume", "go on with the next time"),
        ("skip", "leave out the next time of one that is repeated"),
        ("send", "send it at once; one that is repeated goes on as planned"),
        ("delete", "remove it; what was sent stays"),
    ):
        actions.add_parser(action, help=summary).add_argument("id", type=int)
    answer = actions.add_parser("answer", help="say what becomes of one that was missed while no computer was on")
    answer.add_argument("id", type=int)
    answer.add_argument("choice", choices=("send", "skip"))


def _add_new(new: argparse.ArgumentParser) -> None:
    new.add_argument("text", help="with variables, as in a broadcast")
    new.add_argument("--at", required=True, metavar="YYYY-MM-DDTHH:MM", help="by the clock on the wall")
    new.add_argument("--zone", metavar="NAME", help="such as Europe/Berlin; the office's when left out")
    whom = new.add_mutually_exclusive_group(required=True)
    whom.add_argument("--to", metavar="ADDRESS", help="one contact: a reply that is sent later")
    whom.add_argument("--segment", metavar="NAME", help="everybody of a segment")
    whom.add_argument("--list", metavar="NAME", help="everybody on a list")
    new.add_argument("--channel", metavar="NAME", help="through which channel")
    new.add_argument("--name", metavar="TEXT", help="what lists call it")
    new.add_argument("--repeat", choices=_REPEATS, default="never", help="monthly: the last day of shorter months")
    new.add_argument("--days", metavar="MO,TH", help="of weekly ones")
    new.add_argument("--rule", metavar="RRULE", help="any other rule: FREQ=MONTHLY;BYDAY=-1FR")
    new.add_argument("--keep", action="store_true", help="send a reply although they wrote first")
    new.add_argument("--confirm", action="store_true", help="also outside the messaging window or the allowed hours")
