"""Pictures of the page of reports."""

from PySide6.QtCore import Qt

from desktop_inbox.views.pages.reports import ReportsPage

from .camera import Camera


async def take_reports(camera: Camera) -> None:
    """Take the numbers of thirty days, and tables in the place of two charts."""
    window = camera.window
    window.show_page("reports")
    page = window.page("reports")
    assert isinstance(page, ReportsPage)
    await camera.until(lambda: page.report is not None)
    await camera.take("reports")
    for card in page.cards:
        card.show_table(shown=True)
    page.cards[0].table.setFocus(Qt.FocusReason.TabFocusReason)
    await camera.take("reports-tables")
    for card in page.cards:
        card.show_table(shown=False)
    window.show_page("inbox")
