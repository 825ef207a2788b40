"""The parts that the main window arranges: made here, so that it needs to know none of them."""

import sys
from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess

from desktop_inbox.models.entities.conversation import ConversationSummary
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.segment import Segment
from desktop_inbox.services.segments import scope_of
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.dialogs.channel_setup import ChannelSetupDialog
from desktop_inbox.views.dialogs.export import Choice, ExportDialog
from desktop_inbox.views.dialogs.first_run import FirstRunDialog, is_first_run
from desktop_inbox.views.dialogs.new_conversation import NewConversationDialog
from desktop_inbox.views.main_window import MainWindow, Parts
from desktop_inbox.views.panes.conversation import ConversationPane
from desktop_inbox.views.panes.details import DetailsPane
from desktop_inbox.views.services import Services
from desktop_inbox.views.tasks import Tasks

if TYPE_CHECKING:
    from desktop_inbox.views.printing import Printing


def make_parts(services: Services, tasks: Tasks, bridge: EventBridge, window: MainWindow) -> Parts:
    """Build the panes, and what opens the dialogs."""
    conversation = ConversationPane(services, tasks, bridge, window.actions_)
    conversation.composer.queued.connect(lambda _message: window.message_sent.emit())

    def new_conversation() -> None:
        dialog = NewConversationDialog(services, tasks, window)
        dialog.started.connect(window.open_conversation)
        dialog.open()

    def people() -> None:
        from desktop_inbox.views.dialogs.people import PeopleDialog  # few open it; not every start should pay for it

        PeopleDialog(services, tasks, window).open()

    def first_run() -> None:
        dialog = FirstRunDialog(services, tasks, bridge, window, preferences=window.preferences)
        dialog.demo_wanted.connect(_start_demo)
        dialog.open()

    def export() -> None:
        choices = [Choice(title=one.name, ids=partial(services.inbox.ids, one.scope)) for one in (window.pane.listed,)]
        ticked = window.pane.rows.selection.ids
        if ticked:
            title = window.tr("%n selected conversations", "", len(ticked))
            choices.insert(0, Choice(title=title, ids=partial(_known, ticked)))
        dialog = ExportDialog(services, tasks, window, choices=choices)

        def offer(segments: tuple[Segment, ...]) -> None:
            saved = [one for one in segments if not one.broken and one.name != window.pane.listed.name]
            dialog.offer([Choice(title=one.name, ids=partial(services.inbox.ids, scope_of(one.id))) for one in saved])

        tasks.start(services.segments.all(), on_result=offer, name="segments to export")
        dialog.open()

    def export_conversation(summary: ConversationSummary) -> None:
        from desktop_inbox.views.dialogs.conversation_export import ConversationExportDialog

        ConversationExportDialog(services, tasks, summary, window, notify=window.notice_wanted.emit).show()

    @cache
    def printing() -> "Printing":
        from desktop_inbox.views.printing import Printing  # few print; not every start should pay for it

        return Printing(services, tasks, window.toasts, window)

    details = DetailsPane(services, tasks, bridge)
    details.contact_wanted.connect(lambda contact_id: window.controller.open_contact(contact_id))

    def fields() -> None:
        from desktop_inbox.views.dialogs.fields_and_tags import FieldsDialog  # few open it, and rarely

        FieldsDialog(services, tasks, bridge, window).open()

    def consent() -> None:
        from desktop_inbox.views.dialogs.consent_message import ConsentMessageDialog

        ConsentMessageDialog(services, tasks, window).open()

    _connect_rules(services, tasks, bridge, window)
    composer = conversation.composer
    window.actions_.connect_to("consent.open", consent)
    window.actions_.connect_to("message.emoji", composer.open_emoji)
    window.actions_.connect_to("message.snippets", composer.snippets.open_library)
    window.actions_.connect_to("message.keep", composer.snippets.save_text)
    window.actions_.connect_to("message.plain", composer.adviser.use_plain_characters)
    window.actions_.connect_to("fields.open", fields)
    window.actions_.connect_to("timeline.filter", conversation.filter_timeline)
    window.actions_.connect_to("comment.toggle", conversation.toggle_comment)
    return Parts(
        conversation=conversation,
        details=details,
        new_conversation=new_conversation,
        channels=lambda: ChannelSetupDialog(services, tasks, bridge, window).open(),
        people=people,
        first_run=first_run,
        export=export,
        export_conversation=export_conversation,
        print_conversation=lambda summary: printing().ask(summary),
    )


def _connect_rules(services: Services, tasks: Tasks, bridge: EventBridge, window: MainWindow) -> None:
    """Let actions open what says what may leave, and when."""

    def teams() -> None:
        from desktop_inbox.views.dialogs.teams import TeamsDialog

        TeamsDialog(services, tasks, bridge, window).open()

    def terms(*, review: bool = False) -> None:
        from desktop_inbox.views.dialogs.blocked_terms import BlockedTermsDialog

        BlockedTermsDialog(services, tasks, bridge, window, review=review).open()

    if services.teams is not None:
        window.actions_.connect_to("teams.open", teams)
    if services.terms is not None:
        window.actions_.connect_to("terms.open", terms)
        window.actions_.connect_to("terms.review", partial(terms, review=True))


async def offer_first_run(services: Services, window: MainWindow) -> None:
    """Open the set-up assistant where nothing was set up and nobody has skipped it (F04)."""
    if is_first_run() and not await services.channels.all():
        window.actions_["help.first_run"].trigger()


async def _known(ids: Sequence[ConversationId]) -> Sequence[ConversationId]:
    """Return what is known already, as what has to be asked for is returned."""
    return ids


def _start_demo() -> None:
    """Open the demo as a program of its own, with data of its own."""
    QProcess.startDetached(sys.executable, ["-m", "desktop_inbox", "demo"])
