"""Search over everything."""

import asyncio
from datetime import UTC, timedelta

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QAbstractItemModelTester, QTest

from desktop_inbox.errors import StoreError
from desktop_inbox.views.delegates.search_delegate import paint_marked
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.search_results import FoundContact, Heading, Role, SearchResultsModel
from desktop_inbox.views.panes.search import SearchPane
from desktop_inbox.views.search_field import SearchField
from desktop_inbox.views.theme import LIGHT, TextRole, theme
from tests.support.fakes_views import NOW, FakeInbox, FakeSearch, office, services, summary
from tests.support.qt import Stage


class Scene:
    def __init__(self, stage: Stage, inbox: FakeInbox | None = None) -> None:
        self.stage, self.inbox = stage, inbox or FakeInbox(office())
        self.search = FakeSearch(self.inbox)
        made = services(self.inbox, search=self.search)
        self.pane = SearchPane(made, Formats(made.clock, zone=UTC), stage.tasks)
        stage.show(self.pane, 324, 600)
        self.hits: list[object] = []
        self.contacts: list[object] = []
        self.pane.hit_chosen.connect(self.hits.append)
        self.pane.contact_chosen.connect(self.contacts.append)

    def found(self) -> list[object]:
        model = self.pane.model
        return [model.index(row).data(Role.FOUND) for row in range(model.rowCount())]

    def look_for(self, text: str) -> None:
        self.pane.search(text)
        self.stage.until(lambda: any(call[0] == text.strip() for call in self.search.calls))
        self.stage.settle()


@pytest.fixture
def scene(stage: Stage) -> Scene:
    return Scene(stage)


@pytest.mark.row("K03", "S2-17")
def test_people_come_first_then_messages_each_under_a_heading(scene: Scene) -> None:
    scene.look_for("ma")
    kinds = [type(found).__name__ for found in scene.found()]
    assert kinds[:2] == ["Heading", "FoundContact"]
    assert scene.pane.states.currentWidget() is scene.pane.list
    QAbstractItemModelTester(scene.pane.model, QAbstractItemModelTester.FailureReportingMode.Fatal, scene.pane.model)


@pytest.mark.row("K03")
def test_a_late_answer_does_not_replace_a_newer_one(scene: Scene) -> None:
    scene.search.delays["Per"] = asyncio.Event()
    scene.pane.search("Per")
    scene.stage.until(lambda: scene.search.calls)
    scene.pane.search("STOP")
    scene.stage.until(lambda: scene.pane.model.rowCount() == 2)
    before = scene.found()
    scene.search.delays["Per"].set()
    scene.stage.settle()
    assert scene.found() == before


@pytest.mark.row("K03")
def test_typing_searches_once(scene: Scene) -> None:
    for text in ("S", "ST", "STO", "STOP"):
        scene.pane.search(text)
    scene.stage.until(lambda: scene.search.calls)
    scene.stage.settle()
    assert [text for text, _ in scene.search.calls] == ["STOP"]


@pytest.mark.row("L16")
def test_a_click_or_enter_chooses(scene: Scene) -> None:
    scene.look_for("STOP")
    scene.pane.focus_first()
    QTest.keyClick(scene.pane.list, Qt.Key.Key_Return)
    assert scene.hits[0].snippet == "STOP"  # type: ignore[attr-defined]
    scene.look_for("Gómez")
    place = scene.pane.list.visualRect(scene.pane.model.index(1)).center()
    QTest.mouseClick(scene.pane.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert isinstance(scene.contacts[0], FoundContact)


@pytest.mark.row("K03", "S3-05")
def test_more_messages_come_by_scrolling_from_the_place_of_the_last(stage: Stage) -> None:
    rows = [summary(n, at=NOW - timedelta(minutes=n), snippet="needle in a row") for n in range(1, 121)]
    scene = Scene(stage, FakeInbox(rows))
    scene.look_for("needle")
    bar = scene.pane.list.verticalScrollBar()
    for _ in range(6):
        bar.setValue(bar.maximum())
        stage.settle()
    messages = [found for found in scene.found() if not isinstance(found, Heading)]
    assert len(messages) == 120
    assert [before is None for _, before in scene.search.calls] == [True, False, False]


@pytest.mark.row("L18")
def test_nothing_found_says_so_with_a_way_out(scene: Scene) -> None:
    left: list[bool] = []
    scene.pane.left.connect(lambda: left.append(True))
    scene.look_for("zebra")
    empty = scene.pane.states.empty
    assert scene.pane.states.currentWidget() is empty
    assert "zebra" in empty.title
    QTest.keyClick(scene.pane.list, Qt.Key.Key_Escape)
    assert left == [True]


@pytest.mark.row("L17", "F03")
def test_a_failed_search_says_why(stage: Stage) -> None:
    scene = Scene(stage)

    async def fail(*_: object, **__: object) -> None:
        raise StoreError("busy", "The search is not ready.", hint="Wait a moment.")

    scene.search.search = fail  # type: ignore[method-assign, assignment]
    scene.pane.search("x")
    stage.until(lambda: scene.pane.states.currentWidget() is scene.pane.states.empty)
    assert scene.pane.states.empty.title == "The search is not ready."


@pytest.mark.row("A02")
def test_rows_are_sentences_and_headings_cannot_be_chosen(stage: Stage) -> None:
    scene = Scene(stage)
    scene.look_for("invoice")
    model: SearchResultsModel = scene.pane.model
    said = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
    assert said == ["Messages · 1", "Tom Becker, Today, 10:20, you: Your invoice is attached"]
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsSelectable


@pytest.mark.row("L16", "S1")
@pytest.mark.parametrize(
    ("text", "marks", "marked"),
    [
        ("find me", ((5, 2),), True),
        ("🙈🙈 find", ((3, 4),), True),
        ("<b>find</b>", ((0, 3),), True),
        ("find me", (), False),
    ],
)
def test_found_words_get_a_ground_of_their_own(
    stage: Stage, text: str, marks: tuple[tuple[int, int], ...], marked: bool
) -> None:
    image = QImage(300, 60, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    paint_marked(painter, QRect(0, 0, 300, 60), text, marks, theme().font(TextRole.SECONDARY))
    painter.end()
    colors = {image.pixelColor(x, y).name() for x in range(0, 300) for y in range(0, 40)}
    assert (LIGHT.mark in colors) is marked


@pytest.mark.row("A08")
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_glass_and_cross_of_a_search_field_grow_with_the_text(stage: Stage, direction: Qt.LayoutDirection) -> None:
    field = SearchField("Search", "Search people")
    field.setLayoutDirection(direction)
    stage.show(field, 400, 40)
    QTest.keyClicks(field, "maria")
    small, margin = field.cross.width(), field.textMargins()
    assert field.cross.isVisible()
    theme().set_scale(200)
    stage.settle()
    mirrored = direction is Qt.LayoutDirection.RightToLeft
    assert field.cross.width() == 2 * small
    assert field.cross.iconSize().width() == 32
    assert field.textMargins().left() == 2 * margin.left()
    assert (field.cross.geometry().center().x() < field.width() // 2) is mirrored
    assert (field.textMargins().left() < field.textMargins().right()) is mirrored
    QTest.mouseClick(field.cross, Qt.MouseButton.LeftButton)
    assert field.text() == ""
    assert field.cross.isHidden()
