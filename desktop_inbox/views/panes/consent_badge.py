"""ConsentBadge: how far the consent message got with a contact (S4-21, S4-24)."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from desktop_inbox.models.entities.contact import ConsentStage, Contact, OptIn
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import PlainLabel, set_tip


def _tr(text: str) -> str:
    return QCoreApplication.translate("ConsentBadge", text)


class ConsentBadge(PlainLabel):
    """Beside the name; hidden where no consent message goes first and none was sent. Who opted out has a pill of
    their own that says so."""

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(kind="pill", parent=parent)
        self._formats = formats
        self.hide()

    def show_contact(self, contact: Contact | None, *, required: bool) -> None:
        """Show the stage of a contact; ``required``: the office wants the message to go first."""
        stage = contact.consent if contact is not None else ConsentStage.NOT_SENT
        wanted = contact is not None and (required or stage is not ConsentStage.NOT_SENT)
        self.setVisible(wanted and contact is not None and contact.opt_in is OptIn.OPTED_IN)
        if contact is None or not wanted:
            return
        kind, text, tip = {
            ConsentStage.NOT_SENT: (
                "pill-attention",
                self.tr("Consent not sent"),
                self.tr("The consent message goes before your first message."),
            ),
            ConsentStage.QUEUED: ("pill", self.tr("Consent on its way"), self.tr("Your messages follow it.")),
            ConsentStage.SENT: ("pill", self.tr("Consent sent"), stage_words(contact, self._formats)),
            ConsentStage.ACKNOWLEDGED: (
                "pill-success",
                self.tr("Consent acknowledged"),
                stage_words(contact, self._formats),
            ),
        }[stage]
        if stage is ConsentStage.SENT and contact.consent_sent_at is not None:
            text = self.tr("Consent sent {day}").format(day=self._formats.time_or_day(contact.consent_sent_at))
        self.set_kind(kind)
        self.setText(text)
        self.setAccessibleName(text)
        set_tip(self, tip)


def stage_words(contact: Contact, formats: Formats) -> str:
    """Return when the consent message was sent, and whether it was answered; "" where none was."""
    at = contact.consent_sent_at
    when = formats.moment(at) if at is not None else ""
    if contact.consent is ConsentStage.ACKNOWLEDGED:
        return _tr("Sent {when}, the contact answered").format(when=when)
    if contact.consent is ConsentStage.SENT:
        return _tr("Sent {when}, no answer yet").format(when=when)
    return _tr("On its way") if contact.consent is ConsentStage.QUEUED else ""
