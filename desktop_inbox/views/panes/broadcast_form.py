"""BroadcastForm: what is written of a new broadcast: for which team, by which channel, to whom, what, when."""

from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDateTime, Signal
from PySide6.QtWidgets import QWidget

from desktop_inbox.models.entities.batch import Audience
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.services.broadcast_keeping import KeptBroadcast
from desktop_inbox.services.broadcasts import BroadcastDraft
from desktop_inbox.services.settings import TIME_ZONE
from desktop_inbox.services.team_channels import SendingChoices
from desktop_inbox.services.tracking import types_of
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.batch_words import type_word
from desktop_inbox.views.panes.new_broadcast_widgets import NewBroadcastWidgets
from desktop_inbox.views.plain import plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts


class BroadcastForm(NewBroadcastWidgets):
    """The fields, as a draft to send and as one to keep."""

    edited = Signal()  # channels were offered anew

    def __init__(
        self, services: Services, tasks: Tasks, toasts: Toasts, formats: Formats, parent: QWidget | None = None
    ) -> None:
        super().__init__(services, tasks, toasts, formats, parent)
        self._choices: SendingChoices | None = None
        self._given = False  # whom it goes to was said when it was opened
        self.team.currentIndexChanged.connect(lambda _place: self.show_channels())

    def take_audience(self, audience: Audience) -> None:
        """Write to these."""
        self._given = True
        self.audience.take(audience)

    def draft(self) -> BroadcastDraft | None:
        """Return what is written; None while channel or audience are missing."""
        channel_id, audience = self.channel_id(), self.audience.audience()
        if channel_id is None or audience is None:
            return None
        return BroadcastDraft(
            text=self.text.text,
            channel_id=channel_id,
            audience=audience,
            name=self.name.text(),
            attachment_paths=self.text.paths(),
            pace=int(self.pace.currentData() or 0),
            team_id=self.team_id(),
        )

    def _wall(self) -> datetime:
        chosen = self.at.dateTime()
        day, clock = chosen.date(), chosen.time()
        return datetime(day.year(), day.month(), day.day(), clock.hour(), clock.minute())

    def moment(self) -> datetime | None:
        """Return when it is to be sent, UTC; None is now."""
        if self.now.isChecked():
            return None
        local = self._wall()
        zone = self._zone()
        aware = local.replace(tzinfo=zone) if zone is not None else local.astimezone()
        return aware.astimezone(self._services.clock().tzinfo)

    def show_choices(self, choices: SendingChoices) -> None:
        """Offer the teams, the own one until somebody chooses another, and the channels of the chosen one."""
        self._choices, own = choices, choices.own
        before = self.team.currentData() if self.team.count() else None if own is None else int(own.id)
        self.team.blockSignals(True)
        self.team.clear()
        if own is None:
            self.team.addItem(self.tr("No team"), None)
        for one in choices.teams:
            self.team.addItem(plain_name(one.name), int(one.id))
        own_place = 0 if own is None else self.team.findData(int(own.id))
        place = self.team.findData(before)
        self.team.setCurrentIndex(place if place >= 0 else own_place)
        self.team.blockSignals(False)
        self.team_box.setVisible(self.team.count() > 1)
        self.show_channels()

    def show_channels(self) -> None:
        """Offer the channels of the team; the one that was chosen stays where it is one of them."""
        if self._choices is None:
            return
        before = self.channel_id()
        self.channel.blockSignals(True)
        self.channel.clear()
        for one in self._choices.channels_of(self.team_id()):
            self.channel.addItem(_channel_words(one), int(one.id))
        self.channel.setCurrentIndex(max(0, self.channel.findData(0 if before is None else int(before))))
        self.channel.blockSignals(False)
        if self.channel_id() != before:
            self.audience.file.remap()
        self.edited.emit()

    def kept(self) -> KeptBroadcast:
        """Return what is written, for the store."""
        return KeptBroadcast(
            name=self.name.text(),
            text=self.text.text,
            team_id=self.team_id(),
            channel_id=self.channel_id(),
            audience=self.audience.kept(),
            at="" if self.now.isChecked() else self._wall().isoformat(timespec="minutes"),
            pace=int(self.pace.currentData() or 0),
            files=self.text.paths(),
        )

    async def restore(self, kept: KeptBroadcast) -> None:
        """Show what was written before."""
        if kept.team_id is not None and (place := self.team.findData(kept.team_id)) >= 0:
            self.team.setCurrentIndex(place)
        if kept.channel_id is not None and (place := self.channel.findData(kept.channel_id)) >= 0:
            self.channel.setCurrentIndex(place)
        if kept.audience and not self._given:
            self.audience.take_kept(kept.audience)
        if kept.moment is not None:
            at = kept.moment
            self.at.setDateTime(QDateTime(at.year, at.month, at.day, at.hour, at.minute, 0))
            self.later.setChecked(True)
        self.pace.setCurrentIndex(max(0, self.pace.findData(kept.pace)))
        self.name.setText(kept.name + self.name.text())
        await self.text.restore(kept.text, kept.files)

    def _zone(self) -> ZoneInfo | None:
        name = self._services.settings.get(TIME_ZONE)
        return ZoneInfo(name) if name else None

    def clear(self) -> None:
        """Show nothing that was written; channel and team stay."""
        self.name.clear()
        self.text.clear()
        self.audience.clear()
        self.now.setChecked(True)
        self.pace.setCurrentIndex(0)
        for widget in (self.problem, self.restored, self.untimely):
            widget.hide()
        self.box.forget()
        self._given = False

    def _no_channel(self) -> str:
        """Why there is no channel to choose."""
        team = None if self._choices is None else self._choices.team(self.team_id())
        if team is None or self._choices is None or not self._choices.channels:
            return self.tr("There is no active channel. Add one under Channels.")
        words = self.tr("None of the channels of {team} is active. Choose another team, or give it a channel.")
        return words.format(team=plain_name(team.name))


def _channel_words(channel: Channel) -> str:
    kinds = ", ".join(type_word(scheme) for scheme in types_of(channel))
    name = plain_name(channel.name)
    return f"{name} · {kinds}" if kinds and kinds != name else name
