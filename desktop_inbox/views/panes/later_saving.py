"""Saving what is sent later: what the gate would say then is said before (D-07)."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.models.entities.schedule import Schedule
from desktop_inbox.services.gate import GateRefusedError
from desktop_inbox.services.schedules import ScheduleDraft, ScheduleService
from desktop_inbox.views.dialogs.confirm import confirmed


async def save_later(schedules: ScheduleService, draft: ScheduleDraft, widget: QWidget) -> Schedule | None:
    """Store a draft, after a question where it would be late for the window or early for the hours; None when the
    person thinks better of it. Raises GateRefusedError and what ``create`` raises."""
    decision = await schedules.look(draft)
    if decision.kind is GateKind.REFUSE:
        raise GateRefusedError(decision)
    if decision.kind is not GateKind.GO:
        hint = decision.hint if decision.kind is GateKind.CONFIRM else _tr("It would wait until somebody lets it go.")
        if not await confirmed(
            widget.window(),
            title=_tr("Send it at this time?"),
            text=f"{decision.sentence} {hint}".strip(),
            verb=_tr("Schedule anyway"),
        ):
            return None
        draft = replace(draft, confirmed=draft.confirmed | {decision.code})
    return await schedules.create(draft)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SendLater", text)
