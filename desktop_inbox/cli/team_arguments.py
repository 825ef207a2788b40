"""The arguments of ``team`` and ``term``."""

import argparse
from collections.abc import Callable
from datetime import date


def add_teams(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Teams, allowed hours, days off, and moving what waits for its time."""
    actions = add("team", "Teams, the hours in which automatic messages may leave, and days off.").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    actions.add_parser("list", help="every team, its people and hours, and those of the office")
    actions.add_parser("add", help="add a team").add_argument("name")
    renamed = actions.add_parser("rename", help="give a team another name")
    renamed.add_argument("team")
    renamed.add_argument("name")
    actions.add_parser("delete", help="remove a team for which nothing was sent").add_argument("team")
    hours = actions.add_parser("hours", help="say when automatic messages of a team leave; administrators only")
    hours.add_argument("team", help="a team's name, or office")
    how = hours.add_mutually_exclusive_group(required=True)
    how.add_argument("--set", action="append", metavar="DAYS HOURS", help="such as 'mon-fri 08:00-12:00, 13:00-20:00'")
    how.add_argument("--preset", metavar="NAME", help="shipped hours, see: team presets; no legal advice")
    how.add_argument("--always", action="store_true", help="at any time")
    how.add_argument("--as-office", action="store_true", help="those of the office hold for the team")
    hours.add_argument("--office-zone", action="store_true", help="by the office's clock instead of the recipient's")
    by = actions.add_parser("channels", help="say by which channels a team sends to many; every one when left out")
    by.add_argument("team")
    by.add_argument("channel", nargs="*", help="name or number")
    actions.add_parser("presets", help="shipped hours to begin with")
    for name, told in (("join", "put people into a team"), ("leave", "take people out of their team")):
        one = actions.add_parser(name, help=told)
        if name == "join":
            one.add_argument("team")
        one.add_argument("person", nargs="+", help="name or number")
    actions.add_parser("holidays", help="every day off")
    off = actions.add_parser("holiday", help="let nothing automatic leave on a day, or let it again")
    off.add_argument("day", type=date.fromisoformat, metavar="YYYY-MM-DD")
    off.add_argument("name", nargs="?", default="Day off")
    off.add_argument("--yearly", action="store_true", help="on this day and month of every year")
    off.add_argument("--remove", action="store_true")
    moved = actions.add_parser("move", help="move what waits for its time to the next allowed time")
    what = moved.add_mutually_exclusive_group(required=True)
    what.add_argument("--message", type=int, action="append", metavar="ID")
    what.add_argument("--batch", metavar="CODE", help="such as B-2611-0042")


def add_terms(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Blocked words and links, and what one of them kept back."""
    actions = add("term", "Words and links that must not leave, and messages that one kept back.").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    actions.add_parser("list", help="every blocked word and link")
    new = actions.add_parser("add", help="block a word, several in a row, or a domain with everything below it")
    new.add_argument("term")
    new.add_argument("--kind", choices=("word", "link"), help="as it looks, when left out")
    for name, told in (("on", "look for it"), ("off", "do not look for it now"), ("delete", "take it from the list")):
        actions.add_parser(name, help=told).add_argument("term")
    actions.add_parser("test", help="which of them are in a text").add_argument("text", help="- reads standard input")
    kinds = actions.add_parser("kinds", help="to which kinds of addresses they must not go")
    kinds.add_argument("kind", nargs="*", help="tel, whatsapp, telegram, matrix, mailto; shown when left out")
    actions.add_parser("review", help="messages kept back about which nobody has decided")
    for name, told in (
        ("allow", "let these texts leave from now on, and send them again; administrators only"),
        ("keep", "leave them as they are; administrators only"),
    ):
        one = actions.add_parser(name, help=told)
        one.add_argument("message", type=int, nargs="+", metavar="ID")
        one.add_argument("--note", default="", help="why, for the log")
        if name == "allow":
            one.add_argument("--no-resend", action="store_true", help="only from now on")
    actions.add_parser("log", help="every decision")
