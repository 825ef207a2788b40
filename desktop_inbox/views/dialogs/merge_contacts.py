"""MergeDialog: contacts that may be one person, side by side, with the reason; merging can be undone exactly."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.models.entities.contact import Contact, OptIn
from desktop_inbox.models.entities.merge import Certainty, MergeId, MergeReason, MergeSuggestion
from desktop_inbox.services.merges import MergeService
from desktop_inbox.services.settings import DEFAULT_REGION
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.contact_table import address_words
from desktop_inbox.views.plain import PlainLabel, plain_name
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import ListStates
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

_SUGGESTION = Qt.ItemDataRole.UserRole
_MOST = 500  # shown at once; more come when these are settled


class MergeDialog(QDialog):
    """A list of pairs on the left, the pair on the right; Merge, Not the same person, Undo."""

    changed = Signal()

    def __init__(
        self,
        merges: MergeService,
        services: Services,
        tasks: Tasks,
        parent: QWidget | None = None,
        *,
        only: MergeSuggestion | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Duplicates"))
        self.setAccessibleName("Duplicates")
        self.setModal(True)
        self._merges, self._services, self._tasks, self._only = merges, services, tasks, only
        self._formats = Formats(services.clock)
        self._pair: tuple[Contact, Contact] | None = None
        self._last: MergeId | None = None
        self.people = QListWidget()
        self.people.setAccessibleName("Suggestions")
        self.states = ListStates(self.people)
        self.reason = PlainLabel(kind="strong", wrap=True)
        self.sides = (_Side(self.tr("Keep this one")), _Side(self.tr("Keep this one")))
        self.status = PlainLabel(kind="secondary", wrap=True)
        self.merge_button = QPushButton(self.tr("Merge"))
        self.merge_button.setProperty("kind", "primary")
        self.apart = QPushButton(self.tr("Not the same person"))
        self.undo = QPushButton(self.tr("Undo the merge"))
        self.close_button = QPushButton(self.tr("Close"))
        self._build()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Look for duplicates."""
        if self._only is not None:
            self._show((self._only,))
            return
        self.states.loading(self.refresh)
        self._tasks.start(
            self._merges.suggestions(), on_result=self._show, on_error=self.states.show_error, name="duplicates"
        )

    # Parts

    def _build(self) -> None:
        left, self._right = QVBoxLayout(), QWidget()
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        left.addWidget(self.states, 1)
        right.addWidget(self.reason)
        pair = QHBoxLayout()
        pair.setSpacing(12)
        for side in self.sides:
            pair.addWidget(side, 1)
        right.addLayout(pair, 1)
        right.addWidget(
            PlainLabel(
                self.tr("The kept contact gets addresses, tags, fields and everything said. It can be undone exactly."),
                kind="secondary",
                wrap=True,
            )
        )
        buttons = QHBoxLayout()
        for button in (self.undo, self.close_button, self.apart, self.merge_button):
            button.setAutoDefault(False)
        buttons.addWidget(self.undo)
        buttons.addWidget(self.status, 1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.apart)
        buttons.addWidget(self.merge_button)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        if self._only is None:
            middle.addLayout(left, 2)
        middle.addWidget(self._right, 3)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        title = self.tr("Contacts that may be one person") if self._only is None else self.tr("Merge two contacts")
        box.addWidget(PlainLabel(title, kind="title"))
        box.addLayout(middle, 1)
        box.addLayout(buttons)
        self.undo.hide()
        self.sides[0].keep.setChecked(True)
        width = 860 if self._only is None else 600
        self.resize(theme().px(width), theme().px(480))

    def _connect(self) -> None:
        self.people.currentItemChanged.connect(lambda *_: self._read_pair())
        self.people.itemActivated.connect(lambda _item: self.merge_button.setFocus())
        self.merge_button.clicked.connect(lambda _checked=False: self._merge())
        self.apart.clicked.connect(lambda _checked=False: self._keep_apart())
        self.undo.clicked.connect(lambda _checked=False: self._undo())
        self.close_button.clicked.connect(self.reject)
        for one, other in (self.sides, self.sides[::-1]):
            # They stand in frames of their own, so nothing else makes them exclude each other.
            one.keep.toggled.connect(lambda on, other=other: other.keep.setChecked(not on))

    # Reading

    def _show(self, found: tuple[MergeSuggestion, ...]) -> None:
        self.people.clear()
        for suggestion in found[:_MOST]:
            item = QListWidgetItem(f"{reason_words(suggestion.reason)} · {_detail(suggestion)}")
            item.setData(_SUGGESTION, suggestion)
            self.people.addItem(item)
        sure = sum(one.certainty is Certainty.SURE for one in found)
        if found:
            if self._only is None:
                told = self.tr("{n} pairs, {sure} of them sure") if len(found) > 1 else self.tr("1 pair")
                self.status.setText(told.format(n=f"{len(found):,}", sure=f"{sure:,}"))
            self.states.show_rows()
            self.people.setCurrentRow(0)
            self.people.setFocus()
        else:
            self._pair = None
            self.states.show_empty("user-check", self.tr("No duplicates"), self.tr("Nobody seems to be here twice."))
        self._refresh()

    def _read_pair(self) -> None:
        self._pair = None  # until the chosen two are there, nothing may be done with those before
        self._refresh()
        if self.people.currentRow() < 0:
            return
        item = self.people.currentItem()
        suggestion: MergeSuggestion = item.data(_SUGGESTION)

        def show(pair: tuple[Contact, Contact] | None) -> None:
            if self.people.currentItem() is not item:
                return
            self._pair = pair
            if pair is not None:
                region = self._services.settings.get(DEFAULT_REGION)
                for side, contact in zip(self.sides, pair, strict=True):
                    side.show_contact(contact, self._formats, region)
                words = reason_words(suggestion.reason)
                look = "" if suggestion.certainty is Certainty.SURE else self.tr(" — look closely")
                self.reason.setText(f"{words}{look}" if suggestion.reason is not MergeReason.CHOSEN else "")
            self._refresh()

        self._tasks.start(self._merges.pair(suggestion), on_result=show, name="pair")

    # Doing

    def _merge(self) -> None:
        if self._pair is None:
            return
        kept, merged = self._pair if self.sides[0].keep.isChecked() else self._pair[::-1]
        item = self.people.currentItem()
        reason = str(item.data(_SUGGESTION).reason) if item is not None else ""
        self._tasks.start(
            self._merges.merge(kept.id, merged.id, reason=reason), on_result=self._merged, on_error=self._fail
        )

    def _merged(self, merge_id: MergeId) -> None:
        self._last = merge_id
        self.undo.show()
        self._settle(self.tr("Merged."))

    def _keep_apart(self) -> None:
        if self._pair is not None:
            one, other = self._pair
            self._tasks.start(
                self._merges.keep_apart(one.id, other.id),
                on_result=lambda _none: self._settle(self.tr("They are not suggested again.")),
                on_error=self._fail,
            )

    def _undo(self) -> None:
        if self._last is None:
            return

        def undone(_merge: object) -> None:
            self._last = None
            self.undo.hide()
            self.status.setText(self.tr("They are two contacts again, as before."))
            self.changed.emit()
            self.refresh()

        self._tasks.start(self._merges.unmerge(self._last), on_result=undone, on_error=self._fail)

    def _settle(self, words: str) -> None:
        self.status.set_kind("secondary")
        self.status.setText(words)
        self.changed.emit()
        self._pair = None
        row = self.people.currentRow()
        self.people.takeItem(row)
        if self.people.count():
            self.people.setCurrentRow(min(row, self.people.count() - 1))
            self._read_pair()
        elif self._only is None:
            self.refresh()
        self._refresh()

    def _fail(self, error: object) -> None:
        self.status.set_kind("error")
        self.status.setText(f"{getattr(error, 'message', '')} {getattr(error, 'hint', '')}".strip())

    def _refresh(self) -> None:
        there = self._pair is not None
        for widget in (self.merge_button, self.apart):
            widget.setEnabled(there)
        self.apart.setVisible(self._only is None)
        self._right.setVisible(there or self.people.count() > 0)


class _Side(QFrame):
    """One of the two."""

    def __init__(self, keep: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.name = PlainLabel(kind="title", wrap=True)
        self.facts = QFormLayout()
        self.facts.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self.keep = QRadioButton(keep)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.addWidget(self.name)
        box.addLayout(self.facts)
        box.addStretch()
        box.addWidget(self.keep)

    def show_contact(self, contact: Contact, formats: Formats, region: str) -> None:
        """Show what tells this one from the other."""
        shown = plain_name(f"{contact.first_name} {contact.last_name}".strip()) or self.tr("No name")
        self.name.setText(shown)
        self.keep.setAccessibleName(f"{self.keep.text()}: {shown}")
        while self.facts.rowCount():
            self.facts.removeRow(0)
        addresses = "\n".join(address_words(one.scheme, one.path, region=region) for one in contact.addresses)
        opted_out = self.tr("Opted out") if contact.opt_in is OptIn.OPTED_OUT else ""
        for label, value in (
            (self.tr("Addresses"), addresses),
            (self.tr("Company"), plain_name(contact.company)),
            (self.tr("Messages"), opted_out),
            (self.tr("Added"), formats.short_date(contact.created_at)),
        ):
            if value:
                self.facts.addRow(PlainLabel(label, kind="small"), PlainLabel(value, wrap=True))


def reason_words(reason: MergeReason) -> str:
    """Return why two contacts may be one person."""
    words = {
        MergeReason.SAME_NUMBER: _tr("Same number"),
        MergeReason.SAME_NUMBER_WRITTEN_OTHERWISE: _tr("Same number, written otherwise"),
        MergeReason.SAME_EMAIL: _tr("Same mailbox"),
        MergeReason.SAME_NAME_AND_DIGITS: _tr("Same name, numbers end alike"),
        MergeReason.SAME_NAME_AND_COMPANY: _tr("Same name and company"),
        MergeReason.CHOSEN: _tr("Chosen by you"),
    }
    return words[reason]


def _detail(suggestion: MergeSuggestion) -> str:
    return plain_name(suggestion.detail)


def _tr(text: str) -> str:
    from PySide6.QtCore import QCoreApplication

    return QCoreApplication.translate("MergeDialog", text)
