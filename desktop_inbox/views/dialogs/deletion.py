"""The question before conversations are deleted for good (S4-37)."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from desktop_inbox.services.deletion import DeletionQuestion
from desktop_inbox.views.plain import isolated, plain_name

from .confirm import confirmed


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Deletion", text, None, number)


async def ask_for_deletion(parent: QWidget, question: DeletionQuestion, name: str) -> bool:
    """Ask, naming the number of messages; True when a person wants it."""
    messages = _tr("1 message") if question.messages == 1 else _tr("%n messages", question.messages)
    if question.conversations == 1:
        title = _tr("Delete this conversation?")
        what = _tr("{messages} with {name}, their files and the history are deleted for good.")
        verb = _tr("Delete conversation")
    else:
        title = _tr("Delete %n conversations?", question.conversations)
        what = _tr("{messages}, their files and the history are deleted for good.")
        verb = _tr("Delete conversations")
    rest = _tr(
        "The contact stays. That messages were sent, and when, stays in the delivery ledger without what they said."
        " Backups made before still hold them. This cannot be undone."
    )
    text = f"{what.format(messages=messages, name=isolated(plain_name(name)))} {rest}"
    return await confirmed(parent, title=title, text=text, verb=verb, danger=True)
