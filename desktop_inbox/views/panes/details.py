"""DetailsPane: who the contact is, what is known about them, and what happened with them."""

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from desktop_inbox.errors import InboxError
from desktop_inbox.events import BulkChanged, ContactChanged, EnrollmentChanged, Event, FieldsChanged, TagsChanged
from desktop_inbox.models.entities.consent import ConsentRecord
from desktop_inbox.models.entities.contact import Contact, ContactAddress, OptIn, Scheme
from desktop_inbox.models.entities.custom_field import Profile
from desktop_inbox.models.entities.ids import AddressId, ContactId, ConversationId, FieldId
from desktop_inbox.models.entities.tag import Tag
from desktop_inbox.views.avatars import avatar_pixmap
from desktop_inbox.views.bridge import EventBridge
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.plain import PlainLabel, plain_name, set_tip
from desktop_inbox.views.services import Services
from desktop_inbox.views.states import EmptyState
from desktop_inbox.views.tasks import Tasks
from desktop_inbox.views.theme import theme

from .about_section import AboutSection
from .activity import ActivityPane
from .address_section import AddressSection
from .consent_section import ConsentSection
from .link_opener import LinkOpener
from .name_editor import NameEditor
from .number_data import warm_up
from .opt_out_question import OptOutQuestion
from .tag_section import TagSection

if TYPE_CHECKING:
    from desktop_inbox.models.entities.campaign import Enrollment

    from .campaign_section import CampaignSection

AVATAR = 64
_DETAILS, _ACTIVITY = 0, 1


class DetailsPane(QFrame):
    """The panel at the right, with two tabs. It shows one contact and follows every change of it."""

    contact_wanted = Signal(object)  # ContactId of somebody else, to be opened

    def __init__(self, services: Services, tasks: Tasks, bridge: EventBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Contact details")
        self.setProperty("kind", "surface")
        self._services, self._tasks = services, tasks
        self._contact_id: ContactId | None = None
        self._contact: Contact | None = None
        self._conversation_id: ConversationId | None = None
        self._formats = Formats(services.clock)
        self.avatar = PlainLabel()
        self.avatar.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name = NameEditor()
        self.since = PlainLabel(kind="secondary", wrap=True)
        self.since.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.blocked = PlainLabel(kind="pill-attention")
        self.blocked.setText(self.tr("Blocked"))
        self.question = OptOutQuestion(narrow=True)
        self.addresses = AddressSection()
        self.tags = TagSection(services, tasks)
        self.about = AboutSection(self._formats)
        self.consent = ConsentSection(self._formats)
        self.campaigns: CampaignSection | None = None  # made for the first contact who has one
        self.block = QPushButton()
        self.block.setProperty("kind", "danger")
        self.activity = ActivityPane(services, tasks, bridge)
        self.links = LinkOpener(self)
        self._empty = EmptyState()
        self._empty.show_state(
            "user", self.tr("Nobody is shown"), self.tr("Open a conversation to see who it is with.")
        )
        self._build()
        self._connect(bridge)
        self.clear()

    def _build(self) -> None:
        self._head = QWidget()
        head = QVBoxLayout(self._head)
        head.setContentsMargins(16, 16, 16, 8)
        head.setSpacing(6)
        for widget in (self.avatar, self.name, self.since):
            head.addWidget(widget)
        head.addWidget(self.blocked, 0, Qt.AlignmentFlag.AlignHCenter)
        self.tabs = QTabBar()
        self.tabs.setProperty("kind", "pane")
        self.tabs.setAccessibleName(self.tr("Contact"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(True)
        self.tabs.addTab(self.tr("Details"))
        self.tabs.addTab(self.tr("Activity"))
        self._pages = QStackedWidget()
        self._pages.addWidget(self._build_details())
        self._pages.addWidget(self.activity)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self._head)
        body.addWidget(self.tabs)
        body.addWidget(self._pages, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._body)
        outer.addWidget(self._empty)

    def _build_details(self) -> QScrollArea:
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(16, 14, 16, 16)
        box.setSpacing(18)
        for widget in (self.question, self.addresses, self.tags, self.about, self.consent):
            box.addWidget(widget)
        self._sections = box
        box.addWidget(self.block, 0, Qt.AlignmentFlag.AlignLeft)
        box.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        return scroll

    def _connect(self, bridge: EventBridge) -> None:
        self.name.renamed.connect(self._rename)
        self.question.answered.connect(self._settle)
        self.consent.save_wanted.connect(self._save_consent)
        self.addresses.consent_wanted.connect(self.consent.ask_for_address)
        self.addresses.add_wanted.connect(self._add_address)
        self.addresses.remove_wanted.connect(self._remove_address)
        self.addresses.order_wanted.connect(self._order_addresses)
        self.addresses.contact_wanted.connect(self.contact_wanted)
        self.tags.added.connect(self._add_tag)
        self.tags.removed.connect(self._remove_tag)
        self.about.fact_wanted.connect(self._set_fact)
        self.about.field_wanted.connect(self._set_field)
        self.about.link_wanted.connect(lambda url: self._tasks.start(self.links.open(url)))
        self.block.clicked.connect(self._toggle_blocked)
        self.tabs.currentChanged.connect(self._turn)
        theme().changed.connect(self._draw_avatar)
        bridge.event.connect(self._hear)

    def show_contact(self, contact_id: ContactId | None) -> None:
        """Show a contact, or nothing."""
        if contact_id is None:
            self.clear()
            return
        self._contact_id = contact_id
        self._tasks.start(self._load(contact_id))

    def clear(self) -> None:
        """Show nothing."""
        self._contact_id = self._contact = None
        self.activity.show_contact(None, "")
        self._body.hide()
        self._empty.show()

    async def _load(self, contact_id: ContactId) -> None:
        profile = await self._services.people.profile(contact_id)
        history = await self._services.contacts.consent_history(contact_id)
        await warm_up(profile.contact.addresses)
        if contact_id == self._contact_id:
            self._show(profile, history)
            await self._load_campaigns(contact_id)

    async def _load_campaigns(self, contact_id: ContactId) -> None:
        """After everything else: most contacts are in none."""
        if self._services.campaigns is None:
            return
        found = await self._services.campaigns.of_contact(contact_id)
        if contact_id != self._contact_id:
            return
        if found and self.campaigns is None:
            from .campaign_section import CampaignSection

            self.campaigns = CampaignSection(self._formats)
            self.campaigns.stop_wanted.connect(lambda one: self._start(self._stop_campaign(one)))
            self._sections.insertWidget(self._sections.indexOf(self.consent), self.campaigns)
        if self.campaigns is not None:
            self.campaigns.show_enrollments(found)

    async def _stop_campaign(self, one: "Enrollment") -> None:
        from desktop_inbox.views.dialogs.confirm import confirmed

        if self._services.campaigns is not None and await confirmed(
            self,
            title=self.tr("Stop “{campaign}” for this contact?").format(campaign=plain_name(one.campaign_name)),
            text=self.tr(
                "What was sent stays; nothing more of it is sent. It can be applied again from its beginning."
            ),
            verb=self.tr("Stop it"),
            danger=True,
        ):
            await self._services.campaigns.stop([one.id])

    def _show(self, profile: Profile, history: Sequence[ConsentRecord]) -> None:
        contact = self._contact = profile.contact
        self._draw_avatar()
        self.name.show_contact(contact)
        self.since.setText(self.tr("Contact since {day}").format(day=self._formats.short_date(contact.created_at)))
        self.blocked.setVisible(contact.blocked)
        self._conversation_id = profile.conversation_id
        self.block.setVisible(profile.conversation_id is not None)
        self.block.setText(self.tr("Unblock the contact") if contact.blocked else self.tr("Block the contact"))
        set_tip(self.block, self.tr("Nothing of a blocked contact is shown as new, and nothing is sent to them."))
        self.question.show_contact(contact)
        self.addresses.show_contact(contact)
        self.tags.show_tags(profile.tags)
        self.about.show_profile(profile)
        self.consent.show_contact(contact, history)
        self.activity.show_contact(profile.conversation_id, contact.name)
        self._empty.hide()
        self._body.show()

    def _draw_avatar(self) -> None:
        if self._contact is not None:
            size = theme().px(AVATAR)
            pixmap = avatar_pixmap(self._contact.id, self._contact.name, size, density=self.devicePixelRatioF())
            self.avatar.setPixmap(pixmap)

    def _turn(self, tab: int) -> None:
        self._pages.setCurrentIndex(tab)
        self.avatar.setVisible(tab == _DETAILS)  # the list needs the room
        self.since.setVisible(tab == _DETAILS)
        self.activity.set_shown(shown=tab == _ACTIVITY)

    # Changes

    def _start(self, work: Coroutine[Any, Any, object]) -> None:
        self._tasks.start(work)

    def _rename(self, first: str, last: str) -> None:
        if self._contact is not None:
            self._start(self._services.people.change(self._contact.id, first_name=first, last_name=last))

    def _set_fact(self, name: str, value: str) -> None:
        if self._contact is not None:
            work = self._services.people.change(self._contact.id, **{name: value})
            self._tasks.start(work, on_error=lambda error: self._refuse(name, error))

    def _set_field(self, field_id: FieldId, text: str) -> None:
        if self._contact is not None:
            work = self._services.people.set_field(self._contact.id, field_id, text)
            self._tasks.start(work, on_error=lambda error: self._refuse(field_id, error))

    def _refuse(self, name: str | FieldId, error: InboxError) -> None:
        self.about.refuse(name, error)

    def _add_address(self, scheme: Scheme, text: str) -> None:
        if self._contact is not None:
            work = self._services.people.add_address(self._contact.id, scheme, text)
            self._tasks.start(work, on_error=self.addresses.refuse)

    def _remove_address(self, address: ContactAddress) -> None:
        self._start(self._services.people.remove_address(address.contact_id, address.id))

    def _order_addresses(self, ids: tuple[AddressId, ...]) -> None:
        if self._contact is not None:
            self._start(self._services.people.order_addresses(self._contact.id, ids))

    def _add_tag(self, name: str) -> None:
        if self._contact is not None:
            self._start(self._services.tags.add((self._contact.id,), name))

    def _remove_tag(self, tag: Tag) -> None:
        if self._contact is not None:
            self._start(self._services.tags.remove((self._contact.id,), tag.id))

    def _toggle_blocked(self) -> None:
        if self._contact is not None and self._conversation_id is not None:
            self._start(self._services.states.block((self._conversation_id,), blocked=not self._contact.blocked))

    def _settle(self, opted_out: bool) -> None:
        if self._contact is not None:
            self._start(self._services.contacts.settle_opt_out_question(self._contact.id, opted_out=opted_out))

    def _save_consent(self, status: OptIn, reason: str, address_id: AddressId | None) -> None:
        if self._contact is not None:
            self._start(
                self._services.contacts.set_opt_in(self._contact.id, status, reason=reason, address_id=address_id)
            )

    def _hear(self, event: Event) -> None:
        if self._contact_id is None:
            return
        if isinstance(event, EnrollmentChanged) and event.contact_id == self._contact_id:
            self._tasks.start(self._load_campaigns(self._contact_id))
        mine = isinstance(event, ContactChanged) and event.contact_id == self._contact_id
        if mine or isinstance(event, TagsChanged | FieldsChanged | BulkChanged):
            self._tasks.start(self._load(self._contact_id))
