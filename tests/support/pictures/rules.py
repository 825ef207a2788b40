"""Pictures of what says when something may leave, and what must not."""

import asyncio
from datetime import date

from PySide6.QtWidgets import QDialog

from desktop_inbox.services.hours_text import hours_of

from .camera import SETTLE, Camera


async def take_rules(camera: Camera) -> None:
    """Take teams and hours, days off, blocked words and what they kept back."""
    office = camera.office
    if not await office.teams.all():
        team = await office.teams.add("Reception")
        await office.teams.set_hours(team.id, hours_of(["mon-fri 08:00-12:00, 13:00-18:00", "sat 09:00-13:00"]))
        await office.teams.assign([office.user.id], team.id)
        await office.teams.add_holiday(date(2026, 12, 25), "Christmas", yearly=True)
        await office.teams.add_holiday(date(2026, 11, 27), "Staff outing")
        for term in ("free money", "miracle cure", "bit.ly"):
            await office.terms.add(term)
    for action, tab, name in (
        ("teams.open", 0, "teams"),
        ("teams.open", 1, "days-off"),
        ("terms.open", 0, "blocked-words"),
    ):
        camera.act(action)
        await asyncio.sleep(SETTLE)
        dialog = next(one for one in camera.window.findChildren(QDialog) if one.isVisible())
        dialog.tabs.setCurrentIndex(tab)  # type: ignore[attr-defined]
        if name == "teams":
            dialog.list.setCurrentRow(1)  # type: ignore[attr-defined]
        await camera.take(name)
        await camera.clear()
