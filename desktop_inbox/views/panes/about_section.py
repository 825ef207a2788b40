"""AboutSection: company, language, country, zone and the office's own fields, each changed in place (S3-65, S3-67)."""

from functools import cache

from PySide6.QtCore import QEvent, QLocale, QObject, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.models.entities.custom_field import CustomField, Profile
from desktop_inbox.models.entities.ids import FieldId
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.fuzzy import folded

from .completion import Completion
from .detail_rows import DetailRow, section_title
from .field_rows import ChoiceRow, FieldRow, LinkRow, TextRow, column, row_of

#: Offered for a contact; others come by import and are shown as they are.
_LANGUAGES = (
    "ar", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko", "ms",
    "nl", "no", "pl", "pt", "pt-BR", "ro", "ru", "sv", "sw", "th", "tl", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip


@cache
def _languages() -> tuple[tuple[str, str], ...]:
    named = ((code, QLocale.languageToString(QLocale(code).language())) for code in _LANGUAGES if code != "pt-BR")
    return tuple(sorted((*named, ("pt-BR", "Portuguese (Brazil)")), key=lambda item: item[1]))


def country_name(code: str) -> str:
    """Return the name of a country, or the code where nobody knows it."""
    found = QLocale.codeToTerritory(code) if code else QLocale.Country.AnyCountry
    return QLocale.territoryToString(found) if found != QLocale.Country.AnyCountry else code


@cache
def _countries() -> dict[str, str]:
    """Codes by name."""
    places = [place for place in QLocale.Country if place is not QLocale.Country.AnyCountry]
    return {folded(QLocale.territoryToString(place)): QLocale.territoryToCode(place) for place in places}


def country_code(typed: str) -> str:
    """Return the two letters of a country, typed as such or by its name; what is neither comes back as it is."""
    return _countries().get(folded(typed), typed)


class _CountryRow(TextRow):
    """Shows a country's name; that or its two letters are typed."""

    def meant(self, typed: str) -> str:
        return country_code(typed)

    def shown(self, text: str) -> str:
        return country_name(text)


class _ZoneRow(TextRow):
    """A time zone; places are suggested while one is typed, and the number tells where none is."""

    def __init__(self, label: str, *, tip: str) -> None:
        super().__init__(label, tip=tip, placeholder="Europe/Berlin")
        self.completion = Completion(self.editor)
        self.completion.chosen.connect(self._choose)
        self.editor.textEdited.connect(self._offer)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The suggestions are asked first for a key."""
        completion = getattr(self, "completion", None)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and completion is not None:
            if completion.take_key(event):
                return True
        elif event.type() == QEvent.Type.FocusOut and completion is not None:
            completion.hide()
        return super().eventFilter(watched, event)

    def _offer(self, typed: str) -> None:
        from desktop_inbox.services.recipient_zone import zone_names  # only who types one needs them all

        wanted = folded(typed.strip().replace(" ", "_"))
        found = [name for name in zone_names() if wanted in folded(name)] if wanted else []
        self.completion.offer(sorted(found, key=lambda name: not _begins(name, wanted))[:8], self.editor.rect())

    def _choose(self, name: str) -> None:
        self.editor.setText(name)
        self.save()


def _begins(name: str, wanted: str) -> bool:
    return any(part.startswith(wanted) for part in (folded(name), *folded(name).split("/")))


class AboutSection(QWidget):
    """Rows follow the fields there are."""

    fact_wanted = Signal(str, str)  # name, value
    field_wanted = Signal(object, str)  # FieldId, what was typed
    link_wanted = Signal(str)

    def __init__(self, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = formats
        self._contact_id: int | None = None
        self._fields: tuple[CustomField, ...] = ()
        self.fields: dict[FieldId, FieldRow] = {}
        self.facts: dict[str, FieldRow] = {
            "company": TextRow(self.tr("Company")),
            "language": ChoiceRow(self.tr("Language"), _languages()),
            "country": _CountryRow(self.tr("Country"), placeholder="US"),
            "zone": _ZoneRow(
                self.tr("Time zone"), tip=self.tr("When it is which time for the contact. Empty: their number tells.")
            ),
        }
        self.lists = DetailRow(self.tr("Lists"))
        self._own = column()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(section_title(self.tr("About")))
        for name, row in self.facts.items():
            row.saved.connect(lambda value, name=name: self.fact_wanted.emit(name, value))
            box.addWidget(row)
        box.addLayout(self._own)
        box.addWidget(self.lists)

    def show_profile(self, profile: Profile) -> None:
        """Show what is known; what is being typed for the same contact stays."""
        other = self._contact_id != profile.contact.id
        self._contact_id = profile.contact.id
        if other or profile.fields != self._fields:
            self._build(profile.fields)
        for name, row in self.facts.items():
            if other and isinstance(row, TextRow) and row.editing:
                row.cancel()
            row.show_value(getattr(profile.contact, name))
        for field_id, row in self.fields.items():
            row.show_value(profile.values.get(field_id, ""))
        self.lists.setVisible(bool(profile.lists))
        self.lists.set_value(", ".join(one.name for one in profile.lists))

    def refuse(self, name: str | FieldId, error: InboxError) -> None:
        """Say at its row what is wrong with a value."""
        row = self.facts.get(name) if isinstance(name, str) else self.fields.get(name)
        if row is not None:
            row.refuse(error)

    def _build(self, fields: tuple[CustomField, ...]) -> None:
        self._fields = fields
        while (item := self._own.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.fields = {}
        for field in fields:
            row = row_of(field, self._formats)
            row.saved.connect(lambda value, key=field.id: self.field_wanted.emit(key, value))
            if isinstance(row, LinkRow):
                row.open_wanted.connect(self.link_wanted)
            self.fields[field.id] = row
            self._own.addWidget(row)
