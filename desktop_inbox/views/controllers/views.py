"""ViewController: which view or filter the list shows, what the selector offers, and the segment builder."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from PySide6.QtCore import QObject, QSettings, QTimer

from desktop_inbox.events import (
    BulkChanged,
    ChannelChanged,
    Event,
    FieldsChanged,
    SegmentsChanged,
    TagsChanged,
    UsersChanged,
)
from desktop_inbox.models.entities.conversation import ConversationSummary, View, ViewCount
from desktop_inbox.models.entities.page import Page
from desktop_inbox.models.entities.segment import Group, Segment
from desktop_inbox.services.view_filters import filter_of
from desktop_inbox.views.actions import Actions
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.listed import (
    Listed,
    Section,
    all_views,
    of_built_in,
    of_filter,
    of_segment,
    of_view,
)
from desktop_inbox.views.panes.conversation_list import ConversationListPane
from desktop_inbox.views.panes.segment_builder import SegmentBuilder
from desktop_inbox.views.panes.view_selector import ViewSelector
from desktop_inbox.views.panes.workspace import Workspace
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

_KEY = "view"
_COUNT_AFTER = 500  # milliseconds: segments are counted twice a second at most, and only while somebody looks


class ViewController(QObject):
    """Keeps selector, list and builder on the same view or filter, and remembers it for the next start."""

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        bridge: EventBridge,
        actions: Actions,
        pane: ConversationListPane,
        workspace: Workspace,
        formats: Formats,
        settings: QSettings,
    ) -> None:
        super().__init__(pane)
        self._services, self._tasks, self._formats, self._settings = services, tasks, formats, settings
        self._pane, self._workspace = pane, workspace
        self._saved: tuple[Listed, ...] = ()
        self._built_in: tuple[Listed, ...] = ()
        self._counts: Mapping[str, ViewCount] = {}
        self._selector: ViewSelector | None = None
        self._home = of_view(View.ALL)  # what Clear returns to
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_COUNT_AFTER)
        self._later.timeout.connect(self._count)
        pane.views_wanted.connect(self.open_selector)
        pane.filter_wanted.connect(self.toggle_builder)
        pane.filter_cleared.connect(self.clear_filter)
        pane.counts_changed.connect(lambda _counts: self._count_soon())
        pane.view_changed.connect(self._remember)
        bridge.event.connect(self._hear)
        actions.connect_to("view.choose", self.open_selector)
        actions.connect_to("filter.open", self.toggle_builder)
        actions.connect_to("segment.create", self.create_segment)

    # Starting

    @property
    def remembered(self) -> str:
        """The key of what was shown when the window was closed."""
        return str(self._settings.value(_KEY, "view:all"))

    def start(self) -> None:
        """Show what was shown when the window was closed, and read what there is to choose from."""
        wanted = self.remembered
        known = next((one for one in all_views() if one.key == wanted), None)
        if known is not None or wanted.partition(":")[0] == "view":
            self._pane.show_listed(known or self._home)
            self._load()
        else:
            self._load(then=wanted)

    def _load(self, then: str = "") -> None:
        def take(found: tuple[tuple[Listed, ...], tuple[Listed, ...]]) -> None:
            self._built_in, self._saved = found
            if then:
                self._pane.show_listed(self._find(then) or of_view(View.ALL))
            self._show_choices()
            self._count_soon()

        self._tasks.start(self._read(), on_result=take, name="segments")

    async def _read(self) -> tuple[tuple[Listed, ...], tuple[Listed, ...]]:
        segments = self._services.segments
        built_in = self._built_in or tuple(
            [of_built_in(one, await segments.parse(one.text)) for one in segments.built_in]
        )
        saved = [of_segment(one, mine=segments.may_change(one)) for one in await segments.all()]
        return built_in, tuple(saved)

    def _find(self, key: str) -> Listed | None:
        return next((one for one in (*all_views(), *self._built_in, *self._saved) if one.key == key), None)

    def _remember(self, listed: Listed) -> None:
        if listed.section is not Section.FILTER:
            self._home = listed
            self._settings.setValue(_KEY, listed.key)
            self._pane.show_active_filters(0)

    # The selector

    def open_selector(self) -> None:
        """Offer every view and segment."""
        selector = self._selector = ViewSelector(self._formats, self._pane.window())
        selector.chosen.connect(self.choose)
        selector.create_wanted.connect(self.create_segment)
        selector.closed.connect(self._selector_closed)
        self._show_choices()
        self._count()
        selector.open_under(self._pane.view_button)

    def _selector_closed(self) -> None:
        self._selector = None
        self._pane.view_button.setFocus()

    def choose(self, listed: Listed) -> None:
        """Show a view or a segment."""
        self._pane.show_listed(listed)
        if listed.key in self._counts:
            self._pane.show_own_count(self._counts[listed.key])
        self._pane.rows.focus()
        if self.is_open:
            self._open_builder(listed)

    def _choices(self) -> Sequence[Listed]:
        pinned = [one for one in self._saved if one.segment is not None and one.segment.pinned]
        rest = [one for one in self._saved if one not in pinned]
        return (*all_views(), *self._built_in, *pinned, *rest)

    def _show_choices(self) -> None:
        if self._selector is not None:
            current = self._pane.listed
            key = f"segment:{current.segment.id}" if current.segment is not None else current.key
            self._selector.show_views(self._choices(), self._all_counts(), key)

    def _all_counts(self) -> Mapping[str, ViewCount]:
        return {**self._counts, **{of_view(view).key: count for view, count in self._pane.counts.items()}}

    def _count_soon(self) -> None:
        self._show_choices()
        if self._selector is not None and not self._later.isActive():
            self._later.start()

    def _count(self) -> None:
        if self._selector is None:
            return

        def take(counts: Mapping[str, ViewCount]) -> None:
            self._counts = counts
            self._show_choices()

        self._tasks.start(self._read_counts(), on_result=take, name="segment counts")

    async def _read_counts(self) -> Mapping[str, ViewCount]:
        segments = self._services.segments
        found = {one.key: await segments.count(filter_of(one.scope)) for one in self._built_in}
        saved = [one.segment for one in self._saved if one.segment is not None]
        return {**found, **{f"segment:{key}": count for key, count in (await segments.counts(saved)).items()}}

    # The builder

    @cached_property
    def builder(self) -> SegmentBuilder:
        """The panel, built when it is first wanted."""
        made = SegmentBuilder(self._services, self._formats, self._tasks)
        made.tried.connect(self._show_tried)
        made.counted.connect(self._show_counted)
        made.cleared.connect(self._show_home)
        made.closed.connect(self.close_builder)
        made.saved.connect(self._show_saved)
        made.deleted.connect(lambda: self._pane.show_view(View.ALL))
        self._workspace.set_side_panel(made)
        return made

    @property
    def is_open(self) -> bool:
        """Whether the builder is shown."""
        return self._workspace.side_shown

    def toggle_builder(self) -> None:
        """Open the builder with what the list shows, or close it; the filter stays either way (S3-28)."""
        if self.is_open:
            self.close_builder()
        elif self._pane.listed.section is Section.FILTER:
            self._workspace.show_side(shown=True)
            self.builder.focus()
        else:
            self._open_builder(self._pane.listed)

    def create_segment(self) -> None:
        """Open the builder for a new segment."""
        self._open_builder(of_view(View.ALL))

    def close_builder(self) -> None:
        """Close the builder; the list goes on showing the filter."""
        self._workspace.show_side(shown=False)
        self._pane.rows.focus()

    def clear_filter(self) -> None:
        """Let the list show its view again (S3-31)."""
        if "builder" in self.__dict__:
            self.builder.clear()
        else:
            self._show_home()

    def _open_builder(self, listed: Listed) -> None:
        segment = listed.segment
        self.builder.open_with(segment.filter if segment is not None else filter_of(listed.scope), segment)
        self._workspace.show_side(shown=True)

    def _show_home(self) -> None:
        if self._pane.listed.section is Section.FILTER:
            self._pane.show_listed(self._home)

    def _show_tried(self, group: Group, page: Page[ConversationSummary]) -> None:
        shown = self._pane.listed
        if shown.section is not Section.FILTER and not self.builder.is_changed:
            return  # opened, and nothing was changed yet: the list goes on showing what it shows
        if not group.children:
            self._show_home()
            return
        listed = of_filter(group, of_segment(self.builder.segment, mine=True) if self.builder.segment else None)
        self._pane.show_listed(listed, page, counted=False)
        self._pane.show_active_filters(self.builder.count)

    def _show_counted(self, group: Group, count: ViewCount) -> None:
        if self._pane.listed.section is Section.FILTER and self._pane.listed.scope == group:
            self._pane.show_own_count(count)

    def _show_saved(self, segment: Segment) -> None:
        self._load()
        self._pane.show_listed(of_segment(segment, mine=True))

    # Changes

    def _hear(self, event: Event) -> None:
        if isinstance(event, SegmentsChanged):
            self._load()
            if isinstance(self._pane.listed.scope, Group):
                self._pane.rows.reload()
        known = (SegmentsChanged, TagsChanged, FieldsChanged, UsersChanged, ChannelChanged)
        if isinstance(event, known) and "builder" in self.__dict__:
            self.builder.refresh_fields()
        if isinstance(event, BulkChanged):
            self._count_soon()
