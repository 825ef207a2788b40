"""The dialog of fields, tags and lists."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QMainWindow, QWidget

from desktop_inbox.errors import PermissionDeniedError
from desktop_inbox.events import EventBus, FieldsChanged, TagsChanged
from desktop_inbox.models.entities.custom_field import CustomField, FieldKind
from desktop_inbox.models.entities.ids import ContactListId, FieldId, TagId
from desktop_inbox.models.entities.tag import ContactList, Tag
from desktop_inbox.views.dialogs.confirm import ConfirmDialog
from desktop_inbox.views.dialogs.field_form import FieldForm, NameForm
from desktop_inbox.views.dialogs.fields_and_tags import FieldsDialog
from tests.support.fakes_views import FakeInbox, services
from tests.support.hostile import hostile_strings, red_picture, red_pixels, was_read
from tests.support.qt import Stage, stage  # noqa: F401


class FakeFields:
    """CustomFieldService over a list."""

    def __init__(self, bus: EventBus) -> None:
        self.bus = bus
        self.known: list[CustomField] = []
        self.used = 0
        self.error = None

    async def all(self):
        return tuple(self.known)

    async def define(self, name, kind, *, slug="", description="", choices=()):
        if self.error:
            raise self.error
        made = CustomField(
            id=FieldId(len(self.known) + 1), slug=slug or name.lower(), name=name, kind=kind,
            description=description, choices=tuple(one for one in choices if one),
        )  # fmt: skip
        self.known.append(made)
        self.bus.publish(FieldsChanged())
        return made

    async def change(self, field_id, *, name, description="", choices=()):
        self.known = [replace(one, name=name) if one.id == field_id else one for one in self.known]
        self.bus.publish(FieldsChanged())

    async def move(self, ids):
        self.known.sort(key=lambda one: list(ids).index(one.id))
        self.bus.publish(FieldsChanged())

    async def in_use(self, field_id):
        return self.used

    async def delete(self, field_id):
        self.known = [one for one in self.known if one.id != field_id]
        self.bus.publish(FieldsChanged())


class FakeTags:
    """TagService over lists."""

    def __init__(self, bus: EventBus) -> None:
        self.bus = bus
        self.known = [Tag(id=TagId(1), name="VIP", contacts=1200)]
        self.groups = [ContactList(id=ContactListId(1), name="Spring", contacts=1)]
        self.needed: tuple[str, ...] = ()

    async def all(self):
        return tuple(self.known)

    async def lists(self):
        return tuple(self.groups)

    async def dependants(self, what, key):
        return self.needed

    async def rename(self, tag_id, name):
        self.known = [replace(one, name=name) for one in self.known]
        self.bus.publish(TagsChanged())

    async def delete(self, tag_id):
        self.known = []
        self.bus.publish(TagsChanged())

    async def delete_list(self, list_id):
        self.groups = []
        self.bus.publish(TagsChanged())


class Scene:
    def __init__(self, stage: Stage) -> None:  # noqa: F811
        self.stage = stage
        inbox = FakeInbox([])
        self.fields, self.tags = FakeFields(inbox.bus), FakeTags(inbox.bus)
        made = services(inbox, fields=self.fields, tags=self.tags)
        self.window = QMainWindow()
        stage.show(self.window, 700, 600)
        self.dialog = FieldsDialog(made, stage.tasks, stage.bridge(inbox), self.window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        stage.show(self.dialog)
        stage.settle()

    def form(self, kind: type[QDialog]):
        return next(one for one in self.dialog.findChildren(kind) if one.isVisible())

    def rows(self, page):
        return [page.list.item(row).text() for row in range(page.list.count())]


@pytest.fixture
def scene(stage):  # noqa: F811
    return Scene(stage)


@pytest.mark.row("S3-67")
def test_a_field_is_defined_changed_and_moved(scene):
    scene.dialog.new_field()
    form = scene.form(FieldForm)
    QTest.keyClicks(form.name, "Level")
    assert form.choices.isHidden()
    form.kind.setCurrentIndex(list(FieldKind).index(FieldKind.LIST))
    assert not form.choices.isHidden()
    form.choices.setPlainText("Gold\nSilver\n")
    form.save()
    scene.stage.settle()
    assert scene.fields.known[0].choices == ("Gold", "Silver")
    scene.stage.run(scene.fields.define("Birthday", FieldKind.DATE))
    scene.stage.settle()
    assert scene.rows(scene.dialog.fields) == ["Level\nList of choices · level", "Birthday\nDate · birthday"]
    scene.dialog.fields.list.setCurrentRow(1)
    scene.dialog.move_up()
    scene.stage.settle()
    assert [field.name for field in scene.fields.known] == ["Birthday", "Level"]
    scene.dialog.edit_field()
    form = scene.form(FieldForm)
    assert not form.slug.isEnabled()
    assert not form.kind.isEnabled()
    form.name.setText("Date of birth")
    form.save()
    scene.stage.settle()
    assert scene.fields.known[0].name == "Date of birth"


def test_what_is_refused_stays_to_be_put_right(scene):
    scene.fields.error = PermissionDeniedError("administrator_needed", "Only an administrator.", hint="Ask one.")
    scene.dialog.new_field()
    form = scene.form(FieldForm)
    QTest.keyClicks(form.name, "Level")
    form.save()
    scene.stage.settle()
    assert form.isVisible()
    assert form.error.text() == "Only an administrator. Ask one."
    assert form.name.text() == "Level"


@pytest.mark.row("S3-68")
@pytest.mark.parametrize("sure", [True, False])
def test_deleting_tells_what_depends_on_it_first(scene, sure):
    scene.tags.needed = ("Gold customers",)
    scene.dialog.delete_tag()
    scene.stage.until(lambda: any(one.isVisible() for one in scene.dialog.findChildren(ConfirmDialog)))
    question = scene.form(ConfirmDialog)
    words = " ".join(label.text() for label in question.findChildren(QWidget) if hasattr(label, "text"))
    assert "1,200 contacts" in words
    assert "Gold customers" in words
    (question.verb if sure else question.cancel).click()
    scene.stage.settle()
    assert (scene.tags.known == []) is sure


def test_a_tag_is_renamed_and_a_list_deleted(scene):
    scene.dialog.rename_tag()
    form = scene.form(NameForm)
    form.name.setText("Important")
    form.save()
    scene.stage.settle()
    assert scene.rows(scene.dialog.tags) == ["Important\n1,200 contacts"]
    assert scene.rows(scene.dialog.lists) == ["Spring\n1 contact"]
    scene.dialog.delete_list()
    scene.stage.until(lambda: any(one.isVisible() for one in scene.dialog.findChildren(ConfirmDialog)))
    scene.form(ConfirmDialog).verb.click()
    scene.stage.settle()
    assert scene.tags.groups == []


@pytest.mark.row("A01")
def test_everything_there_has_a_name(scene):
    scene.dialog.new_field()
    for top in (scene.dialog, scene.form(FieldForm)):
        for widget in top.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                assert widget.accessibleName() or getattr(widget, "text", str)(), widget


@pytest.mark.row("P21", "S1")
def test_hostile_names_stay_plain(scene, tmp_path):
    probe = red_picture(tmp_path)
    for text in hostile_strings(probe)[::4]:
        scene.tags.known = [Tag(id=TagId(1), name=text[:255], contacts=1)]
        named = CustomField(id=FieldId(1), slug="x", name=text[:50], kind=FieldKind.TEXT, description=text[:255])
        scene.fields.known = [named]
        scene.fields.bus.publish(TagsChanged())
        scene.stage.settle()
        for tab in (0, 1):
            scene.dialog.tabs.setCurrentIndex(tab)
            assert red_pixels(scene.dialog) == 0, text
    assert not was_read(probe)
