"""DryRunBox: what would happen to everybody, in numbers and as a list, before anything is sent (D-17)."""

import asyncio
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from desktop_inbox.models.entities.batch import DryRun, Intended
from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.services.dry_run_file import write_dry_run
from desktop_inbox.views.dialogs.batch_recipients import RowTable
from desktop_inbox.views.dialogs.files import choose_to_save
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.dry_run import Column, DryRunModel, verdict_word
from desktop_inbox.views.panes.contact_table import page_button
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.room import ColumnRoom
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.toasts import Toasts

_WIDTHS = {Column.NAME: 130, Column.ADDRESS: 120, Column.VERDICT: 84, Column.REASON: 140}


class DryRunBox(QWidget):
    """``found`` is None until a dry run was made, and again when what it was made of changed."""

    def __init__(self, tasks: Tasks, toasts: Toasts, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._toasts, self._formats = tasks, toasts, formats
        self.found: DryRun | None = None
        self.summary = PlainLabel(kind="strong", wrap=True)
        self.verdict = QComboBox()
        self.verdict.setAccessibleName(self.tr("Verdict"))
        self.verdict.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.verdict.setMinimumContentsLength(12)  # reasons are whole sentences
        self.verdict.currentIndexChanged.connect(lambda _place: self._show())
        self.export = page_button(self.tr("Export CSV"), "download", self._export, "")
        self.model = DryRunModel(str, self)
        self.table = RowTable(self.tr("Dry run"))
        self.table.setModel(self.model)
        self.table.setColumnHidden(Column.TEXT, True)  # the preview shows it, and the file has it
        ColumnRoom(self.table, _WIDTHS, Column.REASON, give_up=(Column.ADDRESS,), least=200)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.verdict, 1)
        row.addWidget(self.export)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self.summary)
        box.addLayout(row)
        box.addWidget(self.table, 1)
        self.forget()

    def forget(self) -> None:
        """What it was made of is not what would be sent any more."""
        self.found = None
        self.hide()

    def show_run(self, found: DryRun) -> None:
        """Show what would happen."""
        self.found = found
        self.summary.setText(summary_of(found, self._formats))
        self.verdict.blockSignals(True)
        self.verdict.clear()
        number = self._formats.number
        self.verdict.addItem(self.tr("Everybody ({n})").format(n=number(len(found.recipients))), None)
        for kind in (GateKind.GO, GateKind.HOLD, GateKind.REFUSE):
            if found.count(kind):
                self.verdict.addItem(f"{verdict_word(kind)} ({number(found.count(kind))})", ("kind", kind))
        sentences = {one.code: one.sentence for one in reversed(found.recipients) if one.kind is not GateKind.GO}
        for code, count in found.reasons.items():
            self.verdict.addItem(f"{sentences.get(code, code)} ({number(count)})", ("code", code))
        self.verdict.blockSignals(False)
        self._show()
        self.show()

    def _show(self) -> None:
        if self.found is None:
            return
        what, value = self.verdict.currentData() or ("", "")
        rows = [one for one in self.found.recipients if _fits(one, str(what), value)]
        self.model.show(rows, has_more=False)

    def _export(self) -> None:
        choose_to_save(self, self.tr("Export the dry run"), "dry-run.csv", self.write)

    def write(self, target: Path) -> None:
        """Write everybody into a file."""
        if self.found is not None:
            self._tasks.start(self._write(target, self.found), name="export a dry run")

    async def _write(self, target: Path, found: DryRun) -> None:
        count = await asyncio.to_thread(write_dry_run, target, found)
        words = self.tr("{n} lines were written to {file}.")
        self._toasts.tell(words.format(n=self._formats.number(count), file=target.name))


def _fits(one: Intended, what: str, value: object) -> bool:
    if what == "kind":
        return one.kind == value
    return one.kind is not GateKind.GO and one.code == value if what == "code" else True


def summary_of(found: DryRun, formats: Formats) -> str:
    """Return the numbers in one line: "412 go, 3 are held, 8 are refused. 412 segments, about 3.30 USD."."""
    number = formats.number
    words = [f"{number(found.count(GateKind.GO))} go"]
    if found.count(GateKind.HOLD):
        words.append(f"{number(found.count(GateKind.HOLD))} held")
    if found.count(GateKind.REFUSE):
        words.append(f"{number(found.count(GateKind.REFUSE))} refused")
    text = ", ".join(words)
    if found.segments:
        text += f" · {number(found.segments)} segments"
    if found.cost is not None:
        text += f" · {cost_words(found.cost, found.currency, formats)}"
    return text


def cost_words(cost: float, currency: str, formats: Formats) -> str:
    """Return an amount."""
    return f"{formats.locale.toString(cost, 'f', 2)} {currency}".strip()
