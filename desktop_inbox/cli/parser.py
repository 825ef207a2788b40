"""The arguments of every command."""

import argparse
from collections.abc import Callable
from datetime import date

from desktop_inbox import __version__
from desktop_inbox.models.entities.conversation import Priority, View
from desktop_inbox.models.entities.user import Role

from .argument_types import row_count
from .broadcast_arguments import add_broadcast
from .campaign_arguments import add_campaigns
from .folder_arguments import add_filing, add_label
from .schedule_arguments import add_schedule
from .team_arguments import add_teams, add_terms

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
    _add_message(add)
    _add_writing(add)
    _add_segment(add)
    add_broadcast(add)
    add_campaigns(add)
    _add_contacts(add)
    _add_states(add)
    add_label(add)
    _add_users(add)
    add_teams(add)
    add_terms(add)
    _add_channel(add)
    _add_secrets(add)
    add_schedule(add)
    _add_report(add)
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
    search.add_argument("--limit", type=row_count, default=20)

    _add_export(add)


def _add_message(add: _Add) -> None:
    actions = add("message", "List and file messages, say why one failed, or send it once more.").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    again = actions.add_parser("resend", help="queue failed messages again, each as a new one")
    again.add_argument("ids", nargs="+", type=int, metavar="ID", help="as printed by send")
    again.add_argument("--confirm", action="append", default=[], metavar="CODE", help="answer a question of the gate")
    log = actions.add_parser("log", help="each attempt, request and answer, without secrets")
    log.add_argument("id", type=int, metavar="ID")
    add_filing(actions.add_parser)


def _add_export(add: _Add) -> None:
    actions = add("export", "Write messages, or one conversation, into a file.").add_subparsers(
        dest="what", metavar="WHAT", required=True
    )
    day = date.fromisoformat
    every = actions.add_parser("messages", help="as CSV, of all conversations or of a segment; administrators only")
    every.add_argument("file", help="the file to write")
    every.add_argument("--segment", metavar="FILTER", help="a segment's name, or a filter")
    every.add_argument("--view", metavar="NAME", help="a view such as mine, unassigned or archived")
    every.add_argument("--since", type=day, metavar="YYYY-MM-DD")
    every.add_argument("--until", type=day, metavar="YYYY-MM-DD", help="that day included")
    people = actions.add_parser("contacts", help="contacts as CSV that can be imported again")
    people.add_argument("file", help="the file to write")
    people.add_argument("--segment", metavar="FILTER", help="a segment's name, or a filter")
    one = actions.add_parser("conversation", help="what was said with one contact, at most as many days as allowed")
    one.add_argument("contact", help="a phone number or another address of somebody known")
    one.add_argument("file", help="the file to write")
    one.add_argument("--format", choices=("csv", "html"), help="as the file's name says, when left out")
    one.add_argument("--since", type=day, metavar="YYYY-MM-DD", help="the first day; seven days when left out")
    one.add_argument("--until", type=day, metavar="YYYY-MM-DD", help="the last day, included; today when left out")
    one.add_argument("--comments", action="store_true", help="also what colleagues noted beside it")


def _add_writing(add: _Add) -> None:
    snippet = add("snippet", "List, import or export saved replies.").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    listed = snippet.add_parser("list", help="those that have every word, all without any")
    listed.add_argument("words", nargs="*")
    snippet.add_parser("export", help="write them as CSV, without their files").add_argument("file")
    snippet.add_parser("import", help="take over a CSV file: folder, name, shortcut, text").add_argument("file")
    consent = add("consent", "The consent message before the first message to a contact.").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    consent.add_parser("show", help="whether one goes first, and its text")
    chosen = consent.add_parser("set", help="let one go first; administrators only")
    chosen.add_argument("text", help="must name the organisation and contain STOP; - reads standard input")
    consent.add_parser("off", help="let none go first; administrators only")


def _add_contacts(add: _Add) -> None:
    taken = add("import", "Import contacts from a CSV or vCard file, or an interview held offline (JSON).")
    taken.add_argument("file", nargs="+", metavar="[interview] FILE", help="all in one step, or none")
    taken.add_argument(
        "--map", action="append", default=[], metavar="COLUMN=WHAT", help="tel, name, fields.…, or nothing"
    )
    taken.add_argument("--no-header", action="store_true", help="the first line is a contact already")
    taken.add_argument("--known", choices=("keep", "fill", "overwrite"), default="fill", help="what is known already")
    taken.add_argument("--tag", action="append", default=[], metavar="NAME", help="for everybody in the file")
    taken.add_argument("--list", default="", metavar="NAME", help="for everybody in the file")
    taken.add_argument("--opted-out", action="store_true", help="nobody in the file may be written to")
    taken.add_argument("--country", metavar="CC", help="of numbers without a country code")
    taken.add_argument("--dry-run", action="store_true", help="tell what would be done")
    taken.add_argument("--rows", action="store_true", help="tell of every row, not only of those refused")
    taken.add_argument("--report", metavar="FILE", help="write every row's outcome as CSV")
    actions = add("contact", "Find contacts that are one person, merge them, part them again.").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    found = actions.add_parser("duplicates", help="pairs that are surely one person")
    found.add_argument("--all", action="store_true", help="also those that only may be")
    merge = actions.add_parser("merge", help="give everything of one contact to another")
    merge.add_argument("keep", help="an address or the number of the contact that stays")
    merge.add_argument("other", help="of the one that becomes part of it")
    actions.add_parser("unmerge", help="take a merge back exactly").add_argument("merge", type=int)


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
        asked.add_argument("filter", help="a segment's name, or a filter: 'tags any of (VIP) and unread is true'")
    new = actions.add_parser("save", help="save a filter under a name, or give a segment another filter")
    new.add_argument("name")
    new.add_argument("filter")
    new.add_argument("--private", action="store_true", help="only for oneself")
    new.add_argument("--replace", action="store_true", help="change the segment of this name")
    gone = actions.add_parser("delete", help="remove a segment")
    gone.add_argument("name")
    gone.add_argument("--yes", action="store_true", help="also where other segments need it")


def _add_states(add: _Add) -> None:
    conversation = add("conversation", "Assign, close, snooze, archive and delete conversations.")
    actions = conversation.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action, summary in (
        ("show", "print their state"),
        ("assign", "give them to somebody"),
        ("done", "nothing is left to do"),
        ("pending", "something is left to do"),
        ("snooze", "hide them until a moment, or until they answer"),
        ("unsnooze", "show them before their time"),
        ("read", "everything counts as read"),
        ("unread", "the last message counts as unread"),
        ("pin", "keep them above all others"),
        ("unpin", "no longer"),
        ("priority", "say how urgent they are"),
        ("archive", "hide them until something new is said"),
        ("restore", "show archived ones again"),
        ("block", "refuse to hear from the contacts"),
        ("unblock", "hear from them again"),
        ("delete", "delete them for good"),
    ):
        one = actions.add_parser(action, help=summary, description=summary.capitalize() + ".")
        one.add_argument("address", nargs="*", help="phone numbers or other addresses of the contacts")
        one.add_argument("--view", choices=[view.value for view in View], help="all of a view instead")
        if action == "assign":
            one.add_argument("--to", required=True, metavar="NAME", help="a person's name, me or nobody")
        elif action == "snooze":
            one.add_argument("--until", required=True, metavar="WHEN", help="'tomorrow 9', '20 minutes' or 'answer'")
        elif action == "priority":
            one.add_argument("--to", required=True, choices=[one.name.lower() for one in Priority])
        elif action == "delete":
            one.add_argument("--yes", action="store_true", help="it cannot be undone")
    undo = add("undo", "Take back the last thing that was done.")
    undo.add_argument("step", nargs="?", type=int, help="the number of another step")
    undo.add_argument("--list", action="store_true", help="list what could be taken back")


def _add_users(add: _Add) -> None:
    user = add("user", "List, add, rename and switch off the people of the office.")
    actions = user.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="everybody who works or worked here")
    new = actions.add_parser("add", help="add somebody")
    new.add_argument("name")
    rights = [role.value for role in Role]
    new.add_argument("--role", choices=rights, default=Role.AGENT.value)
    for action, summary in (
        ("rename", "give somebody another name"),
        ("role", "give somebody other rights"),
        ("deactivate", "somebody works here no longer"),
        ("activate", "somebody works here again"),
    ):
        one = actions.add_parser(action, help=summary)
        one.add_argument("person", help="name or number")
        if action == "rename":
            one.add_argument("name")
        elif action == "role":
            one.add_argument("role", choices=rights)


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
        ("log", "what was said when the channel last could not be reached, without secrets"),
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


def _add_report(add: _Add) -> None:
    day = date.fromisoformat
    report = add("report", "Messages per day, delivery, first response, opt-outs and segments.")
    report.add_argument("--from", dest="since", type=day, metavar="YYYY-MM-DD", help="30 days when left out")
    report.add_argument("--to", dest="until", type=day, metavar="YYYY-MM-DD", help="included; today when left out")
    report.add_argument("--channel", metavar="NAME", help="of one channel only")
    report.add_argument("--team", metavar="NAME", help="of one team only")
    tables = ("messages", "channels", "responses", "consent", "segments")
    report.add_argument("--table", choices=tables, help="only this table")
    report.add_argument("--csv", action="store_true", help="print the tables as CSV")


def _add_care(add: _Add) -> None:
    backup = add("backup", "Write a verified copy of the database.")
    backup.add_argument("target", nargs="?", help="the file to write; the backups folder when left out")
    restore = add("restore", "Put a backup in the place of the database; the present one is kept beside it.")
    restore.add_argument("file")
    verify = add("verify", "Check the delivery ledger's chain, the counters and the files.")
    verify.add_argument("--repair", action="store_true", help="also set counters right that differ from a count")
    add("doctor", "Check the installation and say what to do about what is wrong.")
