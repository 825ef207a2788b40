"""Printing: the open conversation on paper or as a PDF (K21). Imported when it is first wanted: few print."""

import asyncio
from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QCheckBox, QDialog, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.contact import Contact
from desktop_inbox.models.entities.conversation import ConversationSummary
from desktop_inbox.models.entities.ids import ChannelId, ConversationId, EntryId
from desktop_inbox.services.addresses import display
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.entry_words import EntryWords
from desktop_inbox.views.plain import plain_name
from desktop_inbox.views.preferences import ORGANISATION
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toast, Toasts
from desktop_inbox.views.transcript import Said, Transcript, said

_CHUNK = 100  # entries read, or written, before the window gets its turn
_SHORT = 5  # parts after which it is told how far it is
_LONG = 300.0  # seconds a note of what goes on may stay


class Printing(QObject):
    """Asks for the printer, then reads, lays out and paints in small parts, so that the window stays usable."""

    def __init__(self, services: Services, tasks: Tasks, toasts: Toasts, window: QWidget) -> None:
        super().__init__(window)
        self._services, self._tasks, self._toasts, self._window = services, tasks, toasts, window
        self._formats = Formats(services.clock)
        self._stopped, self._steps = False, 0
        self._note: Toast | None = None

    def ask(self, summary: ConversationSummary) -> None:
        """Open the dialog of the system; what is chosen there is printed."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(plain_name(summary.name))
        printer.setCreator("Desktop Inbox")
        dialog = QPrintDialog(printer, self._window)
        dialog.setWindowTitle(self.tr("Print the conversation"))
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange, on=False)
        comments = QCheckBox(self.tr("Also comments, which the contact never saw"))
        layout = dialog.layout()
        if layout is not None:  # that of the system itself has no room for it
            layout.addWidget(comments)

        def done(result: int) -> None:
            if result == QDialog.DialogCode.Accepted:
                self._tasks.start(self.write(printer, summary, comments=comments.isChecked()), name="print")
            dialog.deleteLater()

        dialog.finished.connect(done)
        QDialog.open(dialog)  # its own open wants a slot by name

    async def write(self, printer: QPrinter, summary: ConversationSummary, *, comments: bool = False) -> None:
        """Print everything that was said, and with ``comments`` what colleagues noted beside it.

        Raises InboxError when the printer does not take it."""
        self._stopped, self._steps = False, 0
        try:
            contact = await self._services.contacts.contact(summary.contact_id)
            channels = {channel.id: channel.name for channel in await self._services.channels.all()}
            entries = await self._read(summary.id, comments=comments)
            transcript = self._begin(printer, contact, channels, entries)
            for start in range(0, len(entries), _CHUNK):
                transcript.write(entries[start : start + _CHUNK])
                await self._go_on(self.tr("Laying out page {n}…"), transcript.pages)
            await self._paint(printer, transcript)
        except _StoppedError:
            printer.abort()
            self._toasts.tell(self.tr("Printing was stopped."))
        else:
            self._toasts.tell(self.tr("The conversation was printed."))
        finally:
            if self._note in self._toasts.shown:
                self._note.dismiss()
            self._note = None

    async def _read(self, conversation_id: ConversationId, *, comments: bool) -> list[Said]:
        """Return what was said, oldest first."""
        entries: list[Said] = []
        after = EntryId(0)
        while True:
            page = await self._services.inbox.timeline(conversation_id, after=after, limit=_CHUNK)
            entries += said(page.entries, comments=comments)
            if not page.entries or not page.has_newer:
                return entries
            after = page.entries[-1].id
            await self._go_on(self.tr("Reading message {n}…"), len(entries))

    def _begin(
        self,
        printer: QPrinter,
        contact: Contact,
        channels: Mapping[ChannelId, str],
        entries: list[Said],
    ) -> Transcript:
        words = EntryWords(self._formats, channel_name=lambda found: channels.get(found, "") if found else "")
        words.contact_name = contact.name
        transcript = Transcript(printer, words, self._formats)
        addresses = dict.fromkeys(display(address.scheme, address.path) for address in contact.addresses)
        office = self._services.settings.get(ORGANISATION)
        transcript.write_header(entries, office=office, addresses=" · ".join(addresses))
        return transcript

    async def _paint(self, printer: QPrinter, transcript: Transcript) -> None:
        painter = QPainter()
        if not painter.begin(printer):
            raise InboxError(
                "print_failed",
                "The printer did not take the conversation.",
                hint="Choose another printer, or print into a PDF file.",
            )
        try:
            for page in range(transcript.pages):
                if page:
                    printer.newPage()
                transcript.paint(painter, page)
                await self._go_on(self.tr("Printing page {n}…"), page + 1)
        finally:
            painter.end()

    async def _go_on(self, text: str, number: int) -> None:
        """Let the window live; tell how far it is once it takes more than some parts."""
        self._steps += 1
        if self._note is None and self._steps == _SHORT:
            self._note = self._toasts.tell(
                self.tr("Printing the conversation…"), dismiss=self.tr("Stop"), on_dismiss=self._stop, seconds=_LONG
            )
        if self._note in self._toasts.shown:
            self._note.set_text(text.format(n=self._formats.number(number)))
        await asyncio.sleep(0)
        if self._stopped:
            raise _StoppedError

    def _stop(self) -> None:
        self._stopped = True


class _StoppedError(Exception):
    """A person stopped it."""
