"""VariableHighlighter: shows which words of a text are variables, and which of them have no value (K17)."""

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from desktop_inbox.services.variables import VariableFacts, resolve
from desktop_inbox.views.theme import theme


class VariableHighlighter(QSyntaxHighlighter):
    """Colour for those with a value; those without one are underlined in waves too, as colour alone is not enough."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._facts = VariableFacts()
        self._active = False
        theme().changed.connect(self._again)

    def show_facts(self, facts: VariableFacts | None) -> None:
        """Take other values; without any nothing is marked."""
        self._active = facts is not None
        self._facts = facts or VariableFacts()
        self._again()

    def _again(self) -> None:
        if self._active and "$" in self.document().toPlainText():
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Mark the variables of one line."""
        if not self._active or "$" not in text:
            return
        for span in resolve(text, self._facts).spans:
            start, end = _units(text, span.start), _units(text, span.end)
            self.setFormat(start, end - start, _format(resolved=span.resolved))


def _units(text: str, place: int) -> int:
    """Return a place in code points as Qt counts it."""
    return place if text.isascii() else len(text[:place].encode("utf-16-le", "surrogatepass")) // 2


def _format(*, resolved: bool) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(theme().color("accent_text" if resolved else "attention"))
    if not resolved:
        made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        made.setUnderlineColor(theme().color("attention"))
    return made
