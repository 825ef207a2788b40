"""NewBroadcast: write to many: to whom, what, when; how it reads; what the gate would say; then send."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from PySide6.QtCore import QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.events import ChannelChanged, Event, FieldsChanged, SegmentsChanged, TagsChanged, TeamsChanged
from desktop_inbox.models.entities.batch import DryRun, Intended
from desktop_inbox.models.entities.ids import BatchId
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.services.broadcast_timing import untimely
from desktop_inbox.services.broadcasts import BroadcastDraft, BroadcastService, Sample
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.confirm import confirmed
from desktop_inbox.views.dialogs.progress import ProgressDialog
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.batch_words import counted, when
from desktop_inbox.views.panes.broadcast_form import BroadcastForm
from desktop_inbox.views.panes.broadcast_keeper import BroadcastKeeper
from desktop_inbox.views.panes.dry_run_box import cost_words, summary_of
from desktop_inbox.views.panes.new_broadcast_widgets import TEST_KEY
from desktop_inbox.views.plain import plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts

_PAUSE_MS = 350  # of typing, before the preview is worked out anew


class NewBroadcast(BroadcastForm):
    """What is written stays until it is sent or thrown away, also while other pages are looked at."""

    sent = Signal(object)  # BatchId

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        toasts: Toasts,
        formats: Formats,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(services, tasks, toasts, formats, parent)
        assert services.broadcasts is not None  # noqa: S101 - the button is there only with it
        self._broadcasts: BroadcastService = services.broadcasts
        self._toasts = toasts
        self._generation = 0
        self._busy = self._testing = False  # clicked twice is still one broadcast, and one test
        self._sample: Sample | None = None
        self._names: tuple[str, ...] = ()
        self._keeper = BroadcastKeeper(self._broadcasts, tasks, self.kept, self)
        self._connect(bridge)
        self.audience.refresh()
        self._tasks.start(self._begin(), name="broadcast choices")

    def focus(self) -> None:
        """Move the focus to what is missing."""
        missing = self.audience.audience() is None
        target = self.audience.segment if missing and self.audience.segment.isVisible() else self.text.editor
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refresh(self) -> None:
        """Read channels, segments and lists."""
        self._tasks.start(self._read(), name="broadcast choices")
        self.audience.refresh()

    def leave(self) -> None:
        """Store what is unsaved."""
        self._keeper.flush()

    def _connect(self, bridge: EventBridge) -> None:
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self.edited.connect(self._edited)
        self.name.textChanged.connect(lambda _text: self._touched())
        self.pace.currentIndexChanged.connect(lambda _place: self._touched())
        for signal in (self.audience.changed, self.text.changed, self.channel.currentIndexChanged):
            signal.connect(lambda *_: self._edited())
        self.channel.currentIndexChanged.connect(lambda _place: self.audience.file.remap())
        for button in (self.now, self.later):
            button.toggled.connect(lambda _on: self._edited())
        self.at.dateTimeChanged.connect(lambda _at: self._edited())
        self.seen_by.currentIndexChanged.connect(lambda _place: self._show_preview())
        self.text.editor.send_wanted.connect(self._send)
        self.send_wanted.connect(self._send)
        self.run_wanted.connect(self._dry_run)
        self.test_wanted.connect(self._test_send)
        self.discard_wanted.connect(self._discard)
        bridge.event.connect(self._hear)
        shortcut = QShortcut(QKeySequence("Ctrl+Return"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self._send)
        self._edited()

    # Reading

    async def _begin(self) -> None:
        """Show what was written before, and keep what is written from now on."""
        await self._read()
        kept = await self._broadcasts.kept()
        if kept is not None:
            await self.restore(kept)
            self.restored.show()
        self._keeper.begin()

    async def _read(self) -> None:
        self.show_choices(await self._broadcasts.choices())
        self._names = await self._services.variables.names()
        self._edited()

    def _edited(self) -> None:
        """A dry run that was made before speaks of something else now."""
        self.box.forget()
        self.filler.show()
        self._touched()
        self.text.offer_names((*self._names, *(f"${name}" for name in self.audience.file.slugs())))
        self._pause.start()

    def _touched(self) -> None:
        self._keeper.touch()

    def _look(self) -> None:
        self._generation += 1
        draft = self.draft()
        if draft is None:
            self._take(None)
            return
        self._tasks.start(self._sampled(self._generation, draft), on_error=self._unclear, name="preview a broadcast")

    async def _sampled(self, generation: int, draft: BroadcastDraft) -> None:
        sample = await self._broadcasts.sample(draft, at=self._ahead())
        if generation == self._generation:
            self.problem.hide()
            self._take(sample)

    def _unclear(self, error: InboxError) -> None:
        self._take(None)
        self._tell(error)

    def _take(self, sample: Sample | None) -> None:
        self._sample = sample
        place = self.seen_by.currentText()
        self.seen_by.blockSignals(True)
        self.seen_by.clear()
        for one in sample.first if sample is not None else ():
            self.seen_by.addItem(plain_name(one.name) or one.address or self.tr("Somebody"))
        self.seen_by.setCurrentIndex(max(0, self.seen_by.findText(place)))
        self.seen_by.blockSignals(False)
        single, many = self.tr("1 recipient"), self.tr("{n} recipients")
        self.count.setText("" if sample is None else counted(sample.count, single, many, self._formats))
        late = untimely(sample.first) if sample is not None and self.text.text.strip() else None
        self.untimely.setText("" if late is None else f"{late.sentence} {late.decision.hint}")
        self.untimely.setVisible(late is not None)
        self._show_preview()

    def _ahead(self) -> datetime | None:
        """The moment, where it is to come: of one that is over there is nothing to say."""
        at = self.moment()
        return at if at is not None and at > self._services.clock() else None

    def _shown(self) -> Intended | None:
        place = self.seen_by.currentIndex()
        first = self._sample.first if self._sample is not None else ()
        return first[place] if 0 <= place < len(first) else None

    def _show_preview(self) -> None:
        one = self._shown()
        text = self.text.text if one is None else one.text
        self.preview.setText(text or self.tr("What you write is shown here as its recipients read it."))
        self.preview.setAccessibleName(self.tr("Preview: {text}").format(text=self.preview.text()))
        told = one.sentence if one is not None and one.kind is not GateKind.GO and self.text.text.strip() else ""
        self.verdict.setText(told)
        self.verdict.setVisible(bool(told) and told not in self.untimely.text())  # said beside the time already
        self.text.counter.setText(self._estimate(one))

    def _estimate(self, one: Intended | None) -> str:
        """Segments of the one that is shown, and of everybody about; the dry run counts exactly."""
        sample = self._sample
        if one is None or sample is None or not one.segments or not self.text.text.strip():
            return ""
        number = self._formats.number
        known = [each.segments for each in sample.first if each.segments]
        about = round(sample.count * sum(known) / len(known))
        words = self.tr("%n segments each", "", one.segments) if one.segments > 1 else self.tr("1 segment each")
        words += " · " + self.tr("about {n} in all").format(n=number(about))
        if sample.price is not None:
            words += " · " + cost_words(sample.price * about, sample.currency, self._formats)
        return words

    def _hear(self, event: Event) -> None:
        if isinstance(event, ChannelChanged | FieldsChanged | SegmentsChanged | TagsChanged | TeamsChanged):
            self.refresh()

    # Doing

    def _complete(self) -> BroadcastDraft | None:
        """What can be looked at and sent, else say what is missing."""
        draft = self.draft()
        missing = ""
        if self.channel_id() is None:
            missing = self._no_channel()
        elif draft is None:
            missing = self.tr("Choose to whom it goes.")
        elif not draft.text.strip() and not draft.attachment_paths:
            missing = self.tr("Write what it says.")
        elif (at := self.moment()) is not None and at <= self._services.clock():
            missing = self.tr("This moment is over. Choose a later one, or Now.")
        self.problem.setText(missing)
        self.problem.setVisible(bool(missing))
        return None if missing else draft

    def _tell(self, error: InboxError) -> None:
        self.problem.setText(f"{error.message} {error.hint}".strip())
        self.problem.show()

    def _dry_run(self) -> None:
        draft = None if self._busy else self._complete()
        if draft is not None:
            self._run(draft, self._show_run)

    def _run(self, draft: BroadcastDraft, then: Callable[[DryRun], object]) -> None:
        async def work(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> DryRun:
            return await self._broadcasts.dry_run(draft, at=self.moment(), progress=progress, cancelled=cancelled)

        def done(found: Any) -> None:
            then(found)

        self._busy = True
        dialog = ProgressDialog(self.tr("Asking the gate about everybody"), self._tasks, self)
        dialog.finished.connect(lambda _result: self._free())
        dialog.done_with.connect(done)
        dialog.run(work)

    def _free(self) -> None:
        self._busy = False

    def _show_run(self, found: DryRun) -> None:
        self.filler.hide()
        self.box.show_run(found)
        self.box.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _send(self) -> None:
        draft = None if self._busy else self._complete()
        if draft is None:
            return
        if self.box.found is not None:
            self._ask(draft, self.box.found)
            return

        def then(found: DryRun) -> None:
            self._show_run(found)
            self._ask(draft, found)

        self._run(draft, then)

    def _ask(self, draft: BroadcastDraft, found: DryRun) -> None:
        self._busy = True
        self._tasks.start(self._send_once(draft, found), on_error=self._tell, name="send a broadcast")

    async def _send_once(self, draft: BroadcastDraft, found: DryRun) -> None:
        try:
            await self._send_it(draft, found)
        finally:
            self._free()

    async def _send_it(self, draft: BroadcastDraft, found: DryRun) -> None:
        reached = len(found.recipients) - found.count(GateKind.REFUSE)
        if not reached:
            self.problem.setText(self.tr("It would reach nobody: the list below says why."))
            self.problem.show()
            return
        at = self.moment()
        time = self.tr("now") if at is None else when(at, self._formats)
        title = counted(reached, self.tr("Send to 1 recipient?"), self.tr("Send to {n} recipients?"), self._formats)
        text = self.tr("{summary}. By {channel}, {time}. Those who are refused are listed with the reason.")
        text = text.format(summary=summary_of(found, self._formats), channel=self.channel.currentText(), time=time)
        late = untimely(found.recipients)
        if late is not None:  # before anything is saved (D-07)
            text = f"{late.decision.sentence} {late.decision.hint}\n\n{text}"
        verb = self.tr("Send") if late is None else self.tr("Send anyway") if at is None else self.tr("Schedule anyway")
        if not await confirmed(self, title=title, text=text, verb=verb):
            return
        batch_id = await self._broadcasts.create(draft, at=at)
        self._forget()
        self.sent.emit(BatchId(batch_id))

    def _test_send(self) -> None:
        draft = None if self._testing else self._complete()
        address = self.test_address.text().strip()
        if draft is None:
            return
        if not address:
            self.test_address.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        QSettings().setValue(TEST_KEY, address)
        self._testing = True
        self._tasks.start(self._send_test(draft, address), on_error=self._tell, name="test send")

    async def _send_test(self, draft: BroadcastDraft, address: str) -> None:
        one = self._shown()
        try:
            await self._broadcasts.test_send(draft, address, like=None if one is None else one.contact_id)
        finally:
            self._testing = False
        self._toasts.tell(self.tr("The test is on its way to {address}.").format(address=address))

    def _discard(self) -> None:
        self._tasks.start(self._ask_to_discard(), name="discard a broadcast")

    async def _ask_to_discard(self) -> None:
        if not (self.text.text.strip() or self.text.paths()) or await confirmed(
            self,
            title=self.tr("Discard this broadcast?"),
            text=self.tr("What is written is gone; nothing was sent."),
            verb=self.tr("Discard"),
            danger=True,
        ):
            self._forget()
            self.left.emit()

    def _forget(self) -> None:
        self.clear()
        self._keeper.forget()
