"""ContactActions: what the contacts page does with one or many contacts, with questions and progress."""

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from desktop_inbox.models.entities.ids import ContactId
from desktop_inbox.models.entities.merge import Certainty, MergeReason, MergeSuggestion
from desktop_inbox.services.contact_directory import ContactDirectory
from desktop_inbox.services.state import Changed
from desktop_inbox.views.dialogs.confirm import confirmed
from desktop_inbox.views.dialogs.files import choose_to_save
from desktop_inbox.views.dialogs.progress import ProgressDialog, Work
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts


def _nothing(_result: object) -> None:
    """Tell nobody."""


class ContactActions(QObject):
    """Each takes who is chosen; ``changed`` tells that the table is to be read again."""

    changed = Signal()
    broadcast_wanted = Signal(object)  # list[ContactId]

    def __init__(
        self, page: QWidget, directory: ContactDirectory, services: Services, tasks: Tasks, toasts: Toasts
    ) -> None:
        super().__init__(page)
        self._page, self._directory = page, directory
        self._services, self._tasks, self._toasts = services, tasks, toasts

    def import_file(self) -> None:
        """Open the import."""
        from desktop_inbox.views.dialogs.import_contacts import ImportDialog

        dialog = ImportDialog(self._directory, self._services, self._tasks, self._page)
        dialog.finished.connect(lambda _result: self.changed.emit())
        dialog.open()

    def find_duplicates(self) -> None:
        """Open the suggestions."""
        self._duplicates(None)

    def merge_two(self, ids: Sequence[ContactId]) -> None:
        """Show two contacts side by side, to merge them."""
        one, other = sorted(ids)
        self._duplicates(
            MergeSuggestion(
                one_id=one, other_id=other, reason=MergeReason.CHOSEN, certainty=Certainty.LIKELY, detail=""
            )
        )

    def part(self, ids: Sequence[ContactId]) -> None:
        """Take back the last merge into a contact, after a question."""
        self._tasks.start(self._part(ids[0]), name="part contacts")

    async def _part(self, contact_id: ContactId) -> None:
        merges = await self._directory.merges.merged_into(contact_id)
        if not merges:
            self._toasts.tell(self.tr("Nobody was merged into this contact."))
            return
        if await confirmed(
            self._page,
            title=self.tr("Make two contacts of this one again?"),
            text=self.tr("Both become what they were. What came since goes to whose address it came from."),
            verb=self.tr("Part them"),
        ):
            await self._directory.merges.unmerge(merges[0].id)
            self.changed.emit()

    def _duplicates(self, only: MergeSuggestion | None) -> None:
        from desktop_inbox.views.dialogs.merge_contacts import MergeDialog

        dialog = MergeDialog(self._directory.merges, self._services, self._tasks, self._page, only=only)
        dialog.changed.connect(self.changed)
        dialog.open()

    @property
    def can_broadcast(self) -> bool:
        """Whether something can be sent to many."""
        return self._services.broadcasts is not None

    def broadcast(self, ids: Sequence[ContactId]) -> None:
        """Write to all of them."""
        self.broadcast_wanted.emit(list(ids))

    def add_tag(self, ids: Sequence[ContactId]) -> None:
        """Ask for a tag and give it."""
        self._tasks.start(self._add_tag(ids), name="tag contacts")

    def remove_tag(self, ids: Sequence[ContactId]) -> None:
        """Ask for a tag and take it away."""
        self._tasks.start(self._remove_tag(ids), name="untag contacts")

    def add_to_list(self, ids: Sequence[ContactId]) -> None:
        """Ask for a list and put them in."""
        self._tasks.start(self._add_to_list(ids), name="list contacts")

    def remove_from_list(self, ids: Sequence[ContactId]) -> None:
        """Ask for a list and take them out."""
        self._tasks.start(self._remove_from_list(ids), name="unlist contacts")

    def archive(self, ids: Sequence[ContactId]) -> None:
        """Archive their conversations."""

        async def work(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Changed:
            return await self._services.states.archive(
                lambda work: work.conversations.existing((), contact_ids=list(ids)),
                progress=progress,
                cancelled=cancelled,
            )

        self._long(self.tr("Archiving conversations"), work)  # the history of steps tells what was done

    def block(self, ids: Sequence[ContactId], *, blocked: bool) -> None:
        """Block or unblock."""

        async def work(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> int:
            return await self._directory.set_blocked(ids, blocked=blocked, progress=progress, cancelled=cancelled)

        self._long(self.tr("Blocking") if blocked else self.tr("Unblocking"), work)

    def opt_out(self, ids: Sequence[ContactId]) -> None:
        """Ask, then record that they do not want messages."""
        self._tasks.start(self._opt_out(ids), name="opt out contacts")

    def delete(self, ids: Sequence[ContactId]) -> None:
        """Ask with the number, then delete."""
        self._tasks.start(self._delete(ids), name="delete contacts")

    def export(self, ids: Sequence[ContactId]) -> None:
        """Ask for a file, then write."""
        name = f"contacts-{self._services.clock().date().isoformat()}.csv"
        choose_to_save(self._page, self.tr("Export contacts"), name, lambda target: self.write(target, ids))

    def write(self, target: Path, ids: Sequence[ContactId]) -> None:
        """Write contacts into a file."""

        async def work(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> int:
            return await self._directory.exports.contacts_csv(
                target, contact_ids=list(ids), progress=progress, cancelled=cancelled
            )

        told = self.tr("{n} contacts were written to {file}.")
        self._long(
            self.tr("Exporting contacts"),
            work,
            lambda rows: self._toasts.tell(told.format(n=f"{rows:,}", file=target.name)),
        )

    # -- questions

    async def _add_tag(self, ids: Sequence[ContactId]) -> None:
        known = [tag.name for tag in await self._services.tags.all()]
        await self._ask(
            self.tr("Add a tag"), self.tr("Tag"), known, lambda name: self._services.tags.add(list(ids), name)
        )

    async def _remove_tag(self, ids: Sequence[ContactId]) -> None:
        tags = {tag.name: tag.id for tag in await self._services.tags.all()}
        await self._ask(
            self.tr("Remove a tag"), self.tr("Tag"), list(tags),
            lambda name: self._services.tags.remove(list(ids), tags[name]),
            none=self.tr("There are no tags yet."),
        )  # fmt: skip

    async def _add_to_list(self, ids: Sequence[ContactId]) -> None:
        known = [one.name for one in await self._services.tags.lists()]
        await self._ask(
            self.tr("Add to a list"), self.tr("List"), known,
            lambda name: self._services.tags.add_to_list(list(ids), name),
        )  # fmt: skip

    async def _remove_from_list(self, ids: Sequence[ContactId]) -> None:
        lists = {one.name: one.id for one in await self._services.tags.lists()}
        await self._ask(
            self.tr("Remove from a list"), self.tr("List"), list(lists),
            lambda name: self._services.tags.remove_from_list(list(ids), lists[name]),
            none=self.tr("There are no lists yet."),
        )  # fmt: skip

    async def _ask(
        self,
        title: str,
        label: str,
        known: list[str],
        act: Callable[[str], Coroutine[Any, Any, object]],
        *,
        none: str = "",
    ) -> None:
        """Ask for a name and act on it. With ``none``, said where nothing is ``known``, it must be a known one."""
        if none and not known:
            self._toasts.tell(none)
            return
        dialog = QInputDialog(self._page)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.setComboBoxItems(known or [""])
        dialog.setComboBoxEditable(not none)
        dialog.setTextValue(known[0] if none else "")
        dialog.setOkButtonText(title)

        async def do(name: str) -> None:
            await act(name)
            self.changed.emit()

        dialog.textValueSelected.connect(lambda name: self._tasks.start(do(name.strip()), name=title))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def _opt_out(self, ids: Sequence[ContactId]) -> None:
        if not await confirmed(
            self._page,
            title=self.tr("Record that %n contacts do not want messages?", "", len(ids)),
            text=self.tr(
                "Nothing automatic is sent to them any more. Each can be written to again only with a reason."
            ),
            verb=self.tr("Record the opt-out"),
            danger=True,
        ):
            return

        async def work(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> int:
            reason = self.tr("Recorded for several contacts at once.")
            return await self._directory.opt_out(ids, reason=reason, progress=progress, cancelled=cancelled)

        self._long(self.tr("Recording opt-outs"), work, lambda done: self._tell(done, self.tr("opted out")))

    async def _delete(self, ids: Sequence[ContactId]) -> None:
        if not await confirmed(
            self._page,
            title=self.tr("Delete %n contacts?", "", len(ids)),
            text=self.tr("Everything said with them is deleted as well. This cannot be undone."),
            verb=self.tr("Delete"),
            danger=True,
        ):
            return

        async def work(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> int:
            return await self._directory.delete(ids, progress=progress, cancelled=cancelled)

        self._long(self.tr("Deleting contacts"), work, lambda done: self._tell(done, self.tr("deleted")))

    def _long(self, title: str, work: Work, told: Callable[[Any], object] = _nothing) -> None:
        dialog = ProgressDialog(title, self._tasks, self._page)
        dialog.done_with.connect(told)
        dialog.finished.connect(lambda _result: self.changed.emit())
        dialog.run(work)

    def _tell(self, count: int, word: str) -> None:
        self._toasts.tell(self.tr("{n} contacts: {word}.").format(n=f"{count:,}", word=word))
