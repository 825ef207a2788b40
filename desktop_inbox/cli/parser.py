"""The arguments of every command."""

import argparse
from collections.abc import Callable
from datetime import date

from desktop_inbox import __version__

_Add = Callable[[str, str], argparse.ArgumentParser]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="desktop-inbox",
        description="A shared messaging inbox for small offices. Without a command it opens the window.",
        parents=[_common(profile=None, as_json=False)],
    )
    parser.set_defaults(hidden=False)
    parser.add_argument("--version", action="version", version=f"Desktop Inbox {__version__}")
    parser.add_argument("--hidden", action="store_true", help="start in the tray")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    # Behind the command they have no default: it would undo what was said before the command.
    after = _common(profile=argparse.SUPPRESS, as_json=argparse.SUPPRESS)

    def add(name: str, summary: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=summary, description=summary, parents=[after])

    add("demo", "Open the window on a simulated office full of history.")
    _add_running(add)
    _add_messages(add)
    _add_segment(add)
    _add_channel(add)
    _add_secrets(add)
    _add_care(add)
    return parser


def _common(*, profile: str | None, as_json: bool | str) -> argparse.ArgumentParser:
    """Return what every command takes, with the defaults given."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--profile", metavar="NAME", default=profile, help="use another set of data")
    common.add_argument("--json", action="store_true", default=as_json, help="one JSON object a line")
    return common


def _add_running(add: _Add) -> None:
    serve = add("serve", "Keep channels fetched and messages leaving, without a window, until interrupted.")
    serve.add_argument("--for", dest="seconds", type=float, metavar="SECONDS", help="stop after so long")
    sync = add("sync", "Fetch once what came in, send what is due, and stop.")
    sync.add_argument("--wait", type=float, default=30.0, metavar="SECONDS", help="at most so long (30)")


def _add_messages(add: _Add) -> None:
    send = add("send", "Queue a message; a window, `serve` or `sync` carries it.")
    send.add_argument("to", help="a phone number or another address")
    send.add_argument("text", help="the text; - reads standard input")
    send.add_argument("--channel", metavar="NAME", help="the channel's name or number, where there are several")
    send.add_argument("--attach", action="append", default=[], metavar="FILE")
    send.add_argument("--confirm", action="append", default=[], metavar="CODE", help="answer a question of the gate")
    send.add_argument("--id", dest="client_uuid", metavar="UUID", help="the same id again sends nothing new")
    send.add_argument("--now", action="store_true", help="also carry it, and wait for the outcome")

    note = add("note", "Put a note beside a conversation, for colleagues only; it is never sent.")
    note.add_argument("contact", help="a phone number or another address of somebody known")
    note.add_argument("text", help="the text, at most 1,000 characters; - reads standard input")
    note.add_argument("--author", default="Command line", metavar="NAME", help="the program it comes from")

    search = add("search", "Find contacts and messages.")
    search.add_argument("words", nargs="+")
    search.add_argument("--limit", type=int, default=20)

    export = add("export", "Write messages to a CSV file.")
    export.add_argument("file", help="the file to write")
    export.add_argument("--contact", metavar="ADDRESS", help="only this contact's conversation")
    export.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD")
    export.add_argument("--until", type=date.fromisoformat, metavar="YYYY-MM-DD", help="that day included")


def _add_segment(add: _Add) -> None:
    segment = add("segment", "List, try, save and delete filters; they may be named or written out.")
    actions = segment.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="every segment, with its contacts and those with something unread")
    actions.add_parser("fields", help="what can be asked, with operators and choices")
    for action, summary in (
        ("show", "the filter as text and as JSON"),
        ("count", "how many contacts it selects"),
        ("members", "the contacts it selects"),
    ):
        asked = actions.add_parser(action, help=summary)
        asked.add_argument("filter", help="a segment's name, or a filter such as 'tags any of (VIP) and unread is true'")
    new = actions.add_parser("save", help="save a filter under a name, or give a segment another filter")
    new.add_argument("name")
    new.add_argument("filter")
    new.add_argument("--private", action="store_true", help="only for oneself")
    new.add_argument("--replace", action="store_true", help="change the segment of this name")
    gone = actions.add_parser("delete", help="remove a segment")
    gone.add_argument("name")
    gone.add_argument("--yes", action="store_true", help="also where other segments need it")


def _add_channel(add: _Add) -> None:
    channel = add("channel", "List, add, check, pause, resume and remove channels.")
    actions = channel.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="every channel and its state")
    actions.add_parser("kinds", help="what can be added, and the settings of each kind")
    new = actions.add_parser("add", help="add a channel; secrets are asked for, or read from standard input")
    new.add_argument("kind")
    new.add_argument("name")
    new.add_argument("--address", default="", help="own number or user id")
    new.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the kind")
    new.add_argument("--secrets-from-stdin", action="store_true", help="read one JSON object of secrets")
    for action, summary in (
        ("check", "test the connection step by step"),
        ("pause", "stop fetching and sending"),
        ("resume", "start again"),
        ("remove", "take the channel away; its history stays"),
    ):
        actions.add_parser(action, help=summary).add_argument("channel", help="name or number")


def _add_secrets(add: _Add) -> None:
    secrets = add("secrets", "Tell where passwords and tokens are kept, or keep them elsewhere.")
    actions = secrets.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("status", help="the place in use, and what is the matter with it")
    actions.add_parser("keyring", help="keep them in the keyring of the system")
    vault = actions.add_parser("vault", help="keep them in a file that a passphrase protects")
    vault.add_argument("--passphrase-from-stdin", action="store_true", help="read it from standard input")


def _add_care(add: _Add) -> None:
    backup = add("backup", "Write a verified copy of the database.")
    backup.add_argument("target", nargs="?", help="the file to write; the backups folder when left out")
    restore = add("restore", "Put a backup in the place of the database; the present one is kept beside it.")
    restore.add_argument("file")
    verify = add("verify", "Check the delivery ledger's chain, the counters and the files.")
    verify.add_argument("--repair", action="store_true", help="also set counters right that differ from a count")
    add("doctor", "Check the installation and say what to do about what is wrong.")
