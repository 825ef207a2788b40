"""What `campaign` and `reminder` take."""

import argparse
from collections.abc import Callable


def add_campaigns(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Drip campaigns and reminders."""
    campaign = add("campaign", "List drip campaigns, apply them to contacts, stop them.")
    actions = campaign.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="every campaign with its numbers")
    show = actions.add_parser("show", help="its messages, and with whom it is under way")
    show.add_argument("name")
    show.add_argument("--all", action="store_true", help="also those with whom it ended")
    apply = actions.add_parser("apply", help="start it with a contact, or with a segment")
    apply.add_argument("name")
    whom = apply.add_mutually_exclusive_group(required=True)
    whom.add_argument("--to", metavar="ADDRESS", help="of one contact")
    whom.add_argument("--segment", metavar="FILTER", help="a segment's name, or a filter")
    apply.add_argument("--channel", metavar="NAME", help="by which channel; needed where there are several")
    apply.add_argument("--dry-run", action="store_true", help="only say who would get it, and who not and why")
    stop = actions.add_parser("stop", help="stop it with a contact, or with everybody")
    stop.add_argument("name")
    those = stop.add_mutually_exclusive_group(required=True)
    those.add_argument("--to", metavar="ADDRESS", help="of one contact")
    those.add_argument("--everybody", action="store_true")
    reminder = add("reminder", "List messages that leave before or after a date of a contact.")
    reminder.add_subparsers(dest="action", metavar="ACTION", required=True).add_parser(
        "list", help="every reminder with its numbers"
    )
