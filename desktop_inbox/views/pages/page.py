"""PageView: what the window expects of a page, and what a page is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from desktop_inbox.views.actions import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from desktop_inbox.models.entities.ids import ContactId
    from desktop_inbox.views.bridge import EventBridge
    from desktop_inbox.views.main_window import MainWindow
    from desktop_inbox.views.services import Services
    from desktop_inbox.views.tasks import Tasks


@runtime_checkable
class PageView(Protocol):
    """A widget that fills the window beside the rail."""

    def focus(self) -> None:
        """Move the focus to where work goes on; called each time the page is shown."""

    def escape(self) -> bool:
        """Take one step back inside the page; False when nothing is left to do (K10)."""

    def refresh(self) -> None:
        """Read everything again; called once when the page was built."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """What a page is built from. ``window`` offers toasts, actions and the way to other pages."""

    services: Services
    tasks: Tasks
    bridge: EventBridge
    window: MainWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSpec:
    """One entry of the rail. ``action`` shows the page and is hidden where it is not ``offered``."""

    key: str
    icon: str
    text: str
    action: str
    build: Callable[[PageContext], PageView]
    offered: Callable[[Services], bool] = lambda _services: True


def _messages(context: PageContext) -> PageView:
    from desktop_inbox.views.pages.messages import MessagesPage

    services, window = context.services, context.window
    assert services.folders is not None  # noqa: S101 - offered only then
    assert services.labels is not None  # noqa: S101 - there where folders are
    page = MessagesPage(services.folders, services.labels, services, context.tasks, context.bridge, window.toasts)
    page.opened.connect(window.open_message)
    page.schedules_wanted.connect(lambda: window.show_page("schedules"))
    page.offer_schedules(offered=any(one.key == "schedules" and one.offered(services) for one in PAGES))
    return page


def _contacts(context: PageContext) -> PageView:
    from desktop_inbox.views.panes.contacts import ContactsPage

    services, window = context.services, context.window
    assert services.directory is not None  # noqa: S101 - offered only then
    page = ContactsPage(services.directory, services, context.tasks, context.bridge, window.toasts)
    page.opened.connect(window.open_contact)
    page.actions_.broadcast_wanted.connect(lambda ids: write_to_many(window, contact_ids=ids))
    return page


def write_to_many(window: MainWindow, *, contact_ids: Sequence[ContactId] = ()) -> None:
    """Open a new broadcast: to chosen contacts, else to the segment or filter that the inbox shows, else to nobody
    yet."""
    from desktop_inbox.models.entities.batch import Audience, ContactsAudience, SegmentAudience
    from desktop_inbox.models.entities.segment import Group
    from desktop_inbox.views.pages.broadcasts import BroadcastsPage

    listed = window.pane.listed
    audience: Audience | None = None
    if contact_ids:
        audience = ContactsAudience(contact_ids=tuple(contact_ids))
    elif window.rail.button("inbox").isChecked() and isinstance(listed.scope, Group):
        audience = SegmentAudience(filter=listed.scope, name=listed.name if listed.segment is not None else "")
    window.show_page("broadcasts")
    page = window.page("broadcasts")
    assert isinstance(page, BroadcastsPage)  # noqa: S101 - what the registry builds
    page.new_broadcast(audience)


def _broadcasts(context: PageContext) -> PageView:
    from desktop_inbox.views.pages.broadcasts import BroadcastsPage

    services, window = context.services, context.window
    assert services.tracking is not None  # noqa: S101 - offered only then
    page = BroadcastsPage(services.tracking, services, context.tasks, context.bridge, window.toasts)
    page.conversation_wanted.connect(window.open_conversation)
    return page


def _schedules(context: PageContext) -> PageView:
    from desktop_inbox.views.pages.schedules import SchedulesPage

    services, window = context.services, context.window
    assert services.schedules is not None  # noqa: S101 - offered only then
    page = SchedulesPage(services.schedules, services, context.tasks, context.bridge, window.toasts)
    page.conversation_wanted.connect(window.open_conversation)
    return page


def _reports(context: PageContext) -> PageView:
    from desktop_inbox.views.pages.reports import ReportsPage

    services, window = context.services, context.window
    assert services.reports is not None  # noqa: S101 - offered only then
    page = ReportsPage(services.reports, services, context.tasks, context.bridge, window.toasts)
    page.conversation_wanted.connect(window.open_conversation)
    page.view_wanted.connect(window.show_view)
    return page


def _campaigns(context: PageContext) -> PageView:
    from desktop_inbox.views.pages.campaigns import CampaignsPage

    services, window = context.services, context.window
    assert services.campaigns is not None  # noqa: S101 - offered only then
    assert services.reminders is not None  # noqa: S101 - offered only then
    page = CampaignsPage(services.campaigns, services.reminders, services, context.tasks, context.bridge, window.toasts)
    page.conversation_wanted.connect(window.open_conversation)
    return page


#: In the order of the rail, below the inbox.
PAGES: Final[tuple[PageSpec, ...]] = (
    PageSpec(
        key="messages",
        icon="folder-open",
        text=QT_TRANSLATE_NOOP("Pages", "Messages"),
        action="messages.open",
        build=_messages,
        offered=lambda services: services.folders is not None,
    ),
    PageSpec(
        key="contacts",
        icon="users",
        text=QT_TRANSLATE_NOOP("Pages", "Contacts"),
        action="contacts.open",
        build=_contacts,
        offered=lambda services: services.directory is not None,
    ),
    PageSpec(
        key="broadcasts",
        icon="megaphone",
        text=QT_TRANSLATE_NOOP("Pages", "Broadcasts"),
        action="broadcasts.open",
        build=_broadcasts,
        offered=lambda services: services.tracking is not None,
    ),
    PageSpec(
        key="schedules",
        icon="calendar-clock",
        text=QT_TRANSLATE_NOOP("Pages", "Schedules"),
        action="schedules.open",
        build=_schedules,
        offered=lambda services: services.schedules is not None,
    ),
    PageSpec(
        key="campaigns",
        icon="droplets",
        text=QT_TRANSLATE_NOOP("Pages", "Campaigns"),
        action="campaigns.open",
        build=_campaigns,
        offered=lambda services: services.campaigns is not None,
    ),
    PageSpec(
        key="reports",
        icon="chart-column",
        text=QT_TRANSLATE_NOOP("Pages", "Reports"),
        action="reports.open",
        build=_reports,
        offered=lambda services: services.reports is not None,
    ),
)
