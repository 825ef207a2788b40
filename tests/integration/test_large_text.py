"""Every page of the rail with text at 200 % in a window of 1280 × 800: nothing is cut (A08)."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPushButton, QTableView, QWidget

from desktop_inbox.models.entities.campaign import CampaignStep
from desktop_inbox.services.campaigns import CampaignDraft
from desktop_inbox.views.plain import PlainLabel
from desktop_inbox.views.theme import theme
from tests.support.qt import stage
from tests.support.whole_window import WholeWindow, whole

__all__ = ["stage", "whole"]

PAGES = ("messages", "broadcasts", "schedules", "campaigns", "reports")


@pytest.fixture
def large(whole: WholeWindow) -> Iterator[WholeWindow]:
    whole.people(3)
    steps = (CampaignStep(days=1, text="Hello"),)
    whole.stage.run(whole.office.campaigns.save(CampaignDraft(name="Welcome " * 8, steps=steps)))
    theme().set_scale(200)
    whole.open()
    yield whole
    theme().set_scale(100)


@pytest.mark.row("A08")
@pytest.mark.parametrize("key", PAGES)
def test_buttons_of_a_page_are_whole_and_within_the_window(large: WholeWindow, key: str) -> None:
    large.window.show_page(key)
    large.stage.settle()
    page = large.window.page(key)
    assert isinstance(page, QWidget)
    shown = [button for button in page.findChildren(QPushButton) if button.isVisible() and button.text().strip()]
    assert shown
    cut = [button.text() for button in shown if button.width() < button.minimumSizeHint().width()]
    outside = [button.text() for button in shown if button.mapTo(page, QPoint(button.width(), 0)).x() > page.width()]
    assert (cut, outside) == ([], [])
    titles = [
        label for label in page.findChildren(PlainLabel) if label.isVisible() and label.property("kind") == "heading"
    ]
    assert titles
    for label in titles:
        assert label.width() >= min(label.sizeHint().width(), theme().px(120)), label.text()
    assert page.width() + large.window.rail.width() <= large.window.width() <= 1280


@pytest.mark.row("A08", "L02")
def test_texts_of_the_folders_stay_readable(large: WholeWindow) -> None:
    large.window.show_page("messages")
    large.stage.settle()
    (table,) = large.window.page("messages").findChildren(QTableView)  # type: ignore[attr-defined]
    assert table.columnWidth(2) >= theme().px(160)
