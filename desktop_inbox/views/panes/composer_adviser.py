"""ComposerAdviser: counter, hint, preview and the reason why Send is off, true at every key."""

from typing import TYPE_CHECKING

from desktop_inbox.models.entities.outbox import GateKind
from desktop_inbox.services.text_segments import to_gsm
from desktop_inbox.services.variables import ResolvedText, VariableFacts, resolve
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import set_tip

from .composer_widgets import ComposerWidgets
from .composer_words import cost_of_insertion, counter_text, send_hint, send_problem

if TYPE_CHECKING:
    from desktop_inbox.models.entities.channel import Capabilities


class ComposerAdviser:
    """Looks at what is written; stores and sends nothing."""

    def __init__(self, widgets: ComposerWidgets, formats: Formats) -> None:
        self._widgets, self._formats = widgets, formats
        self._facts: VariableFacts | None = None
        self.untimely = ""  # why it is no time to write, which keeps nobody from it (S5-17)

    def show_facts(self, facts: VariableFacts | None) -> None:
        """Know what variables become; None while that is not known."""
        self._facts = facts
        self._widgets.highlighter.show_facts(facts)
        self._widgets.completion.show_names([f"${name}" for name in facts.values] if facts is not None else ())

    @property
    def capabilities(self) -> "Capabilities | None":
        """What the chosen channel can do."""
        option = self._widgets.picker.current
        return option.capabilities if option is not None else None

    def problem(self) -> str:
        """Return why this cannot be sent; "" when it can (C08)."""
        widgets, decision = self._widgets, self._widgets.gate.decision
        if decision is not None and decision.kind is GateKind.REFUSE:
            return decision.sentence
        found = self._resolved()
        if found.unresolved:
            return widgets.tr("There is no value for {names}.").format(names=", ".join(found.unresolved))
        return send_problem(found.text, widgets.chips.files, widgets.picker.current, self._formats)

    def refresh(self, *, sending: bool) -> None:
        """Bring counter, hint and buttons up to date."""
        widgets, able, problem, found = self._widgets, self.capabilities, self.problem(), self._resolved()
        widgets.send_button.setEnabled(not problem and not sending)
        set_tip(widgets.send_button, problem or send_hint(widgets.editor.send_key))
        widgets.send_button.setAccessibleDescription(problem)
        allowed = able is not None and able.attachments_out
        widgets.attach_button.setEnabled(allowed)
        tip = widgets.tr("Attach files, pictures and video")
        set_tip(widgets.attach_button, tip if allowed else widgets.tr("This channel cannot carry files."))
        counter, note = counter_text(found.text, able, self._formats)
        trouble = bool(able and len(found.text) > able.max_text) or bool(found.unresolved)
        widgets.untimely.setVisible(bool(self.untimely))
        widgets.untimely.setText(widgets.tr("{why} You can send all the same.").format(why=self.untimely))
        parts = [problem if trouble else counter, note, "" if trouble else send_hint(widgets.editor.send_key)]
        widgets.show_hint(" · ".join(part for part in parts if part), trouble=trouble)
        widgets.plain_button.setVisible(bool(note) and to_gsm(widgets.editor.text) != widgets.editor.text)
        widgets.preview.setVisible(bool(found.spans) and not found.unresolved)
        widgets.preview.setText(widgets.tr("Reads: {text}").format(text=found.text) if found.spans else "")

    def use_plain_characters(self) -> None:
        """Replace what costs more by what says the same, such as straight quotes for curly ones (D-23)."""
        editor = self._widgets.editor
        plain = to_gsm(editor.text)
        if plain != editor.text:
            editor.set_text(plain)
        editor.setFocus()

    def cost_of(self, emoji: str) -> str:
        """Return what an emoji would add to the cost; "" for nothing (S3-54)."""
        editor, able = self._widgets.editor, self.capabilities
        if able is None or not able.segments:
            return ""
        return cost_of_insertion(editor.text, emoji, at=editor.textCursor().position())

    def _resolved(self) -> ResolvedText:
        text = self._widgets.editor.text
        return ResolvedText(text=text) if self._facts is None else resolve(text, self._facts)
