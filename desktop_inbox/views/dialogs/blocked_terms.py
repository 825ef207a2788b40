"""BlockedTermsDialog: words and links that must not leave, and the messages that one kept back (S5-24..26)."""

from collections.abc import Coroutine, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged, Event, MessageQueued, MessageStatusChanged, TermsChanged
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import EntryId
from desktop_inbox.models.entities.term import BlockedTerm, KeptBack, TermKind
from desktop_inbox.services.blocked_terms import Allowed, BlockedTermService
from desktop_inbox.views.answering import ToggleBox
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.delegates.two_lines import TwoLines
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import PlainLabel, isolated, one_line, plain_name
from desktop_inbox.views.room import fit_dialog
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import announce

_ROLE = Qt.ItemDataRole.UserRole
_NEWS = (TermsChanged, BulkChanged, MessageQueued, MessageStatusChanged)
_NEWS_MS = 300  # while a broadcast leaves, news come by the hundred
_KINDS = (None, TermKind.WORD, TermKind.LINK)


class BlockedTermsDialog(QDialog):
    """Two tabs: the list, and what was kept back. An administrator changes and decides."""

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        parent: QWidget | None = None,
        *,
        review: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        assert services.terms is not None  # noqa: S101 - the action is offered only then
        self._tasks, self._terms = tasks, services.terms
        self._formats = Formats(services.clock)
        self._may = False
        self._shown: object = None  # the lists as they stand there
        self.setWindowTitle(self.tr("Blocked words"))
        self.setAccessibleName("Blocked words")
        fit_dialog(self, 700, 560)
        self.error = PlainLabel(kind="error", wrap=True)
        self.error.hide()
        self.told = PlainLabel(kind="secondary", wrap=True)
        self.told.hide()
        self._build()
        if review:
            self.tabs.setCurrentIndex(1)
        self._news = QTimer(self, singleShot=True, interval=_NEWS_MS)
        self._news.timeout.connect(self._load)
        bridge.event.connect(self._hear)
        self._load()

    def _build(self) -> None:
        self.tabs = QTabBar()
        self.tabs.setProperty("kind", "pane")
        self.tabs.setAccessibleName(self.tr("Blocked words and kept back messages"))
        self.tabs.setDrawBase(False)
        pages = QStackedWidget()
        for words, page in (
            (self.tr("Words and links"), self._build_list()),
            (self.tr("Kept back"), self._build_review()),
        ):
            self.tabs.addTab(words)
            pages.addWidget(page)
        self.tabs.currentChanged.connect(pages.setCurrentIndex)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 20, 24, 20)
        box.setSpacing(12)
        box.addWidget(PlainLabel(self.tr("Blocked words"), kind="title"))
        box.addWidget(self.tabs)
        box.addWidget(self.error)
        box.addWidget(self.told)
        box.addWidget(pages, 1)
        box.addWidget(close)

    def _build_list(self) -> QWidget:
        page = QWidget()
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Blocked words and links"))
        self.list.itemChanged.connect(self._switched)
        self.list.currentItemChanged.connect(lambda _now, _before: self._refresh())
        self.term = QLineEdit()
        self.term.setAccessibleName(self.tr("A word, or the domain of a link"))
        self.term.setPlaceholderText(self.tr("A word, or a domain such as example.com"))
        self.term.setMaxLength(255)
        self.term.returnPressed.connect(self.add)
        self.kind = QComboBox()
        self.kind.setAccessibleName(self.tr("How it is looked for"))
        self.kind.addItems([self.tr("As it looks"), self.tr("Whole word"), self.tr("Domain of a link")])
        self.add_button = self._button(self.tr("Block it"), self.add)
        self.delete_button = self._button(self.tr("Delete"), self.delete)
        row, kinds = QHBoxLayout(), QHBoxLayout()
        kinds.setSpacing(12)
        row.addWidget(self.term, 1)
        row.addWidget(self.kind)
        row.addWidget(self.add_button)
        kinds.addWidget(PlainLabel(self.tr("Looked for in messages by:"), kind="secondary"))
        self.only_read = PlainLabel(self.tr("Only an administrator changes them."), kind="secondary", wrap=True)
        self.boxes: dict[Scheme, QCheckBox] = {}
        for scheme, name in self._kinds():
            box = self.boxes[scheme] = ToggleBox(name)
            box.clicked.connect(lambda _checked=False: self._choose_kinds())
            kinds.addWidget(box)
        kinds.addStretch()
        intro = self.tr(
            "A message that contains one does not leave. Words count as a whole, whatever their case and accents;"
            " a domain with everything below it."
        )
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(PlainLabel(intro, kind="secondary", wrap=True))
        column.addWidget(self.only_read)
        column.addLayout(row)
        column.addWidget(self.list, 1)
        column.addWidget(self.delete_button, 0, Qt.AlignmentFlag.AlignLeading)
        column.addLayout(kinds)
        return page

    def _kinds(self) -> tuple[tuple[Scheme, str], ...]:
        return (
            (Scheme.TEL, self.tr("SMS")),
            (Scheme.WHATSAPP, "WhatsApp"),
            (Scheme.TELEGRAM, "Telegram"),
            (Scheme.MATRIX, "Matrix"),
            (Scheme.EMAIL, self.tr("E-mail")),
        )

    def _build_review(self) -> QWidget:
        page = QWidget()
        self.kept = QListWidget()
        self.kept.setAccessibleName(self.tr("Messages kept back by a word"))
        self.kept.setItemDelegate(TwoLines(self.kept))
        self.kept.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.kept.itemSelectionChanged.connect(self._refresh)
        self.none_kept = PlainLabel(self.tr("No message waits for a decision."), kind="secondary", wrap=True)
        self.only = PlainLabel(self.tr("Only an administrator decides about them."), kind="secondary", wrap=True)
        self.note = QLineEdit()
        self.note.setAccessibleName(self.tr("Why, for the log"))
        self.note.setPlaceholderText(self.tr("Why, for the log (optional)"))
        self.note.setMaxLength(500)
        self.all_button = self._button(self.tr("Choose all"), self.kept.selectAll)
        self.allow_button = self._button(self.tr("Allow and resend"), self.allow)
        self.keep_button = self._button(self.tr("Keep back"), self.keep)
        row = QHBoxLayout()
        row.addWidget(self.all_button)
        row.addWidget(self.note, 1)
        row.addWidget(self.keep_button)
        row.addWidget(self.allow_button)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.none_kept, self.only):
            column.addWidget(widget)
        column.addWidget(self.kept, 1)
        column.addLayout(row)
        return page

    def _button(self, words: str, slot: Any) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: slot())
        return button

    # Reading

    def _load(self) -> None:
        self._tasks.start(self._fetch(self._terms), on_error=self._tell, name="blocked words")

    async def _fetch(self, service: BlockedTermService) -> None:
        self._may = await service.may_decide()
        terms, schemes, kept = await service.all(), await service.schemes(), await service.kept_back()
        found = self._may, terms, schemes, kept
        if found == self._shown:
            return  # what is chosen there, and the place, stay
        self._shown = found
        self._show_terms(terms, schemes)
        self._show_kept(kept)
        self._refresh()

    def _show_terms(self, terms: Sequence[BlockedTerm], schemes: frozenset[Scheme]) -> None:
        current = self.list.currentItem()
        chosen = None if current is None else current.data(_ROLE).id
        self.list.blockSignals(True)
        self.list.clear()
        for one in terms:
            kind = self.tr("link") if one.kind is TermKind.LINK else self.tr("word")
            row = QListWidgetItem(f"{plain_name(one.term)}  ·  {kind}")
            row.setFlags(row.flags() | Qt.ItemFlag.ItemIsUserCheckable if self._may else Qt.ItemFlag.ItemIsEnabled)
            row.setCheckState(Qt.CheckState.Checked if one.active else Qt.CheckState.Unchecked)
            row.setData(_ROLE, one)
            self.list.addItem(row)
            if one.id == chosen:
                self.list.setCurrentItem(row)
        self.list.blockSignals(False)
        for scheme, box in self.boxes.items():
            box.setChecked(scheme in schemes)

    def _show_kept(self, kept: Sequence[KeptBack]) -> None:
        chosen = set(self._chosen())
        self.kept.clear()
        for one in kept:
            terms = ", ".join(isolated(plain_name(term)) for term in one.terms) or self.tr("no longer blocked")
            whom = isolated(plain_name(one.contact_name)) or self.tr("Unnamed contact")
            when = self._formats.moment(one.at)
            row = QListWidgetItem(f"{whom} · {terms}\n{when} · {one_line(one.text)}")
            row.setData(_ROLE, one.message_id)
            row.setData(Qt.ItemDataRole.AccessibleTextRole, f"{whom}, {terms}, {when}, {one_line(one.text)}")
            self.kept.addItem(row)
            row.setSelected(one.message_id in chosen)
        self.none_kept.setVisible(not kept)
        self.tabs.setTabText(1, self.tr("Kept back ({n})").format(n=len(kept)) if kept else self.tr("Kept back"))

    def _chosen(self) -> list[EntryId]:
        return [row.data(_ROLE) for row in self.kept.selectedItems()]

    def _refresh(self) -> None:
        chosen = bool(self._chosen())
        for label in (self.only, self.only_read):
            label.setVisible(not self._may)
        for widget in (self.term, self.kind, self.add_button, self.note, *self.boxes.values()):
            widget.setEnabled(self._may)
        self.delete_button.setEnabled(self._may and self.list.currentItem() is not None)
        for button in (self.allow_button, self.keep_button):
            button.setEnabled(self._may and chosen)
        self.all_button.setEnabled(self.kept.count() > 0)

    # Changing

    def add(self) -> None:
        """Block what was typed."""
        kind = _KINDS[self.kind.currentIndex()]
        self._do(self._terms.add(self.term.text(), kind), done=lambda _term: self.term.clear())

    def delete(self) -> None:
        """Take the chosen term from the list; it can be undone."""
        row = self.list.currentItem()
        if row is not None:
            self._do(self._terms.delete(row.data(_ROLE).id))

    def _switched(self, row: QListWidgetItem) -> None:
        active = row.checkState() is Qt.CheckState.Checked
        if active != row.data(_ROLE).active:
            self._do(self._terms.switch(row.data(_ROLE).id, active=active))

    def _choose_kinds(self) -> None:
        self._do(self._terms.set_schemes(frozenset(scheme for scheme, box in self.boxes.items() if box.isChecked())))

    def allow(self) -> None:
        """Let the chosen texts leave from now on, and send the messages once more."""
        self._do(self._terms.allow(self._chosen(), note=self.note.text()), done=self._allowed)

    def _allowed(self, done: Allowed) -> None:
        self.note.clear()
        refused = done.resent.refused if done.resent is not None else ()
        sent = len(done.resent.new_ids) if done.resent is not None else 0
        words = self.tr("{n} allowed, {sent} sent again.").format(n=done.count, sent=sent)
        self._say(f"{words} {refused[0][1].sentence}" if refused else words)

    def keep(self) -> None:
        """Leave the chosen messages as they are, and ask no more about them."""
        self._do(
            self._terms.keep(self._chosen(), note=self.note.text()),
            done=lambda count: self._say(self.tr("{n} stay kept back.").format(n=count)),
        )

    def _say(self, words: str) -> None:
        self.told.setText(words)
        self.told.show()
        announce(self, words)

    def _do(self, work: Coroutine[Any, Any, Any], *, done: Any = lambda _result: None) -> None:
        self.error.hide()
        self.told.hide()

        def finish(result: Any) -> None:
            done(result)
            self._load()

        self._tasks.start(work, on_result=finish, on_error=self._tell, name="blocked words")

    def _tell(self, error: InboxError) -> None:
        self.error.setText(f"{error.message} {error.hint}".strip())
        self.error.show()
        self._shown = None  # what was refused is not so
        self._load()

    def _hear(self, event: Event) -> None:
        if isinstance(event, _NEWS) and not self._news.isActive():
            self._news.start()
