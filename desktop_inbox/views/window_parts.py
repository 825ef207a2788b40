"""What MainWindow is filled with: one place to import it from, after the first picture is painted."""

from desktop_inbox.views.actions import Actions
from desktop_inbox.views.controllers.commands import CommandController
from desktop_inbox.views.controllers.conversations import ConversationController
from desktop_inbox.views.controllers.focus import FocusController
from desktop_inbox.views.controllers.look import LookController
from desktop_inbox.views.controllers.states import STATE_ACTIONS, StateController
from desktop_inbox.views.controllers.ticked import TickedController
from desktop_inbox.views.controllers.views import ViewController
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.menus import build_menu_bar
from desktop_inbox.views.pages.page import PAGES, PageContext
from desktop_inbox.views.panes.banners import Banner, ConnectionBanner
from desktop_inbox.views.panes.conversation_list import ConversationListPane
from desktop_inbox.views.panes.navigation_rail import NavigationRail
from desktop_inbox.views.panes.workspace import Workspace
from desktop_inbox.views.preferences import LETTERS, Preferences
from desktop_inbox.views.toasts import Toasts

__all__ = [
    "LETTERS",
    "PAGES",
    "STATE_ACTIONS",
    "Actions",
    "Banner",
    "CommandController",
    "ConnectionBanner",
    "ConversationController",
    "ConversationListPane",
    "FocusController",
    "Formats",
    "LookController",
    "NavigationRail",
    "PageContext",
    "Preferences",
    "StateController",
    "TickedController",
    "Toasts",
    "ViewController",
    "Workspace",
    "build_menu_bar",
]
