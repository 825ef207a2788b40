"""CampaignService: drip campaigns: written, looked at with real dates, applied to contacts, stopped (S4-57..S4-66).

Dates are fixed when a campaign is applied; texts are those that its steps have when they are sent. So an edit changes
what was not sent yet of those under way, never when; steps added later are for later applications, steps removed are
left out. Wall times are those of the office.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from desktop_inbox.errors import InboxError, InvalidInputError, NotFoundError
from desktop_inbox.models.entities.campaign import Campaign, CampaignStep, Enrollment, EnrollmentState
from desktop_inbox.models.entities.channel import Capabilities, Channel
from desktop_inbox.models.entities.ids import (
    AddressId,
    CampaignId,
    ChannelId,
    ContactId,
    ConversationId,
    EnrollmentId,
    UserId,
)
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services import variables
from desktop_inbox.services.campaign_apply import (
    Application,
    Applying,
    CampaignPreview,
    Place,
    applicable,
    check_right,
    existing,
    may_use,
    missing_campaign,
    preview_of,
    total,
)
from desktop_inbox.services.campaign_drafts import CampaignDraft, clean_draft
from desktop_inbox.services.enqueue import Enqueue, OutgoingFile
from desktop_inbox.services.rights import is_administrator, need_maker

__all__ = ["CampaignDraft", "CampaignService"]

#: What lies behind the path of a staged file; blocks, so it is called on a worker thread.
FileOf = Callable[[str], OutgoingFile]
#: Told (how many contacts are done, of how many), on the event loop.
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]

_AT_ONCE: Final = 200  # contacts in one transaction


def _no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False


class CampaignService:
    """Campaigns as one user sees them: who made one, and administrators, change it; everybody who may use campaigns
    applies it, and stops it for a contact, as they answer that contact."""

    def __init__(
        self,
        store: Store,
        *,
        user_id: UserId,
        enqueue: Enqueue,
        capabilities: Callable[[Channel], Capabilities],
        file_of: FileOf,
    ) -> None:
        self._store = store
        self._user_id = user_id
        self._applying = Applying(user_id=user_id, enqueue=enqueue, capabilities=capabilities)
        self._file_of = file_of

    # -- campaigns

    async def all(self) -> tuple[Campaign, ...]:
        """Return every campaign with its numbers, by name."""

        def read(work: Work) -> tuple[Campaign, ...]:
            found = work.campaigns.all()
            if is_administrator(work, self._user_id):
                return found
            return tuple(replace(one, may_change=one.created_by_id == self._user_id) for one in found)

        return await self._store.read(read)

    async def get(self, campaign_id: CampaignId) -> Campaign:
        """Return a campaign. Raises NotFoundError."""
        return await self._store.read(lambda work: existing(work, campaign_id))

    async def named(self, name: str) -> Campaign:
        """Return the campaign of a name, whatever its case. Raises NotFoundError."""
        found = await self._store.read(lambda work: work.campaigns.by_name(name.strip()))
        if found is None:
            raise missing_campaign()
        return found

    async def save(self, draft: CampaignDraft, *, campaign_id: CampaignId | None = None) -> Campaign:
        """Make a campaign, or change one; it can be undone. InvalidInputError for what does not fit, NotFoundError
        when it is gone, PermissionDeniedError where campaigns are not for this user, and for a colleague's."""
        clean = clean_draft(draft)

        def save(work: Work) -> Campaign:
            check_right(work, self._user_id)
            same = work.campaigns.by_name(clean.name)
            if same is not None and same.id != campaign_id:
                raise InvalidInputError(
                    "campaign_taken", "Another campaign has this name.", hint="Choose another name."
                )
            if campaign_id is None:
                key = work.campaigns.add(clean.name, clean.steps, created_by=self._user_id)
                return existing(work, key)
            self._need_maker(work, existing(work, campaign_id))
            with work.undo.step(self._user_id, "campaign_changed", details={"name": clean.name}) as step:
                step.watch("campaigns", id=[campaign_id])
                step.watch("campaign_steps", campaign_id=[campaign_id])
                work.campaigns.change(campaign_id, name=clean.name, active=clean.active, steps=clean.steps)
            return existing(work, campaign_id)

        return await self._store.run(save)

    async def set_active(self, campaign_id: CampaignId, *, active: bool) -> None:
        """Let a campaign be applied, or not any more; those under way go on. It can be undone. Raises like ``save``."""

        def change(work: Work) -> None:
            check_right(work, self._user_id)
            known = existing(work, campaign_id)
            self._need_maker(work, known)
            kind = "campaign_resumed" if active else "campaign_paused"
            with work.undo.step(self._user_id, kind, details={"name": known.name}) as step:
                step.watch("campaigns", id=[campaign_id])
                work.campaigns.change(campaign_id, active=active)

        await self._store.run(change)

    async def delete(self, campaign_id: CampaignId) -> None:
        """Remove a campaign: those under way are stopped, what was sent stays in their conversations. Raises like
        ``save``."""

        def remove(work: Work) -> None:
            check_right(work, self._user_id)
            known = existing(work, campaign_id)
            self._need_maker(work, known)
            self._stop(work, campaign_id, cause="campaign_deleted")
            work.campaigns.delete(campaign_id)

        await self._store.run(remove)

    async def file_from(self, path: str) -> dict[str, object]:
        """Return a staged file as a step keeps it. Raises InvalidInputError when it is not staged."""
        file = await asyncio.to_thread(self._file_of, path)
        names = ("sha256", "media_type", "size", "name", "width", "height")
        return {name: getattr(file, name) for name in names}

    # -- one contact

    async def may_apply(self) -> bool:
        """Whether campaigns are for this user (S4-65)."""
        return await self._store.read(lambda work: may_use(work, self._user_id))

    async def preview(
        self,
        steps: Sequence[CampaignStep],
        conversation_id: ConversationId,
        *,
        channel_id: ChannelId | None = None,
        address_id: AddressId | None = None,
        campaign_id: CampaignId | None = None,
    ) -> CampaignPreview:
        """Return how messages would read and when they would leave if they were applied now. With a channel and an
        address, and the ``campaign_id``, also whether they could be. Raises NotFoundError."""

        def read(work: Work) -> CampaignPreview:
            contact_id = work.conversations.contact_of(conversation_id)
            contact = None if contact_id is None else work.contacts.get(contact_id)
            if contact is None:
                raise NotFoundError("conversation_missing", "The conversation does not exist any more.")
            facts = variables.facts_of(work, conversation_id, contact, work.now())
            shown = preview_of(steps, facts, work.now(), work)
            problem = ""
            if channel_id is not None and address_id is not None:
                place = Place(contact, conversation_id, channel_id, address_id)
                (found,) = self._applying.problems(work, [place], steps, campaign_id=campaign_id)
                problem = "" if found is None else found.reason
            return CampaignPreview(steps=shown, problem=problem)

        return await self._store.read(read)

    async def apply(
        self,
        campaign_id: CampaignId,
        conversation_id: ConversationId,
        *,
        channel_id: ChannelId,
        address_id: AddressId,
    ) -> Enrollment:
        """Start a campaign with a contact now (S4-64).

        Raises InvalidInputError with the reason when it is under way already, when the contact opted out, or when
        one of its messages could not leave; PermissionDeniedError where campaigns are not for this user.
        """

        def apply(work: Work) -> Enrollment:
            campaign = applicable(work, campaign_id, self._user_id)
            contact_id = work.conversations.contact_of(conversation_id)
            work.states.lock([conversation_id])  # two who press at once come one after the other
            contact = None if contact_id is None else work.contacts.get(contact_id)
            if contact is None:
                raise NotFoundError("conversation_missing", "The conversation does not exist any more.")
            place = Place(contact, conversation_id, channel_id, address_id)
            (problem,) = self._applying.problems(work, [place], campaign.steps, campaign_id=campaign_id)
            if problem is not None:
                raise InvalidInputError(
                    f"campaign.{problem.code}", problem.reason, hint="The campaign was not applied."
                )
            self._applying.begin(work, campaign, [place])
            return work.drips.of_contact(contact.id, limit=1)[0]

        return await self._store.run(apply)

    # -- many contacts

    async def dry_run(
        self,
        campaign_id: CampaignId,
        contact_ids: Sequence[ContactId],
        *,
        channel_id: ChannelId,
        progress: Progress = _no_progress,
        cancelled: Cancelled = _never,
    ) -> Application:
        """Return what ``apply_to`` would do at this moment; nothing is stored."""
        found = Application()
        for begin in range(0, len(contact_ids), _AT_ONCE):
            some = contact_ids[begin : begin + _AT_ONCE]

            def part(work: Work, some: Sequence[ContactId] = some) -> Application:
                return self._applying.some(work, campaign_id, some, channel_id)

            found = total(found, await self._store.read(part))
            progress(begin + len(some), len(contact_ids))
            if cancelled():
                raise InboxError("bulk_cancelled", "The dry run was stopped.", hint="Nothing was changed.")
        return replace(found, total=len(contact_ids))

    async def apply_to(
        self,
        campaign_id: CampaignId,
        contact_ids: Sequence[ContactId],
        *,
        channel_id: ChannelId,
        progress: Progress = _no_progress,
        cancelled: Cancelled = _never,
    ) -> Application:
        """Start a campaign with many, in short transactions; where it is ``cancelled``, those begun go on. Who cannot
        get it is left out with the reason, also who has it already."""
        found = Application()
        for begin in range(0, len(contact_ids), _AT_ONCE):
            some = contact_ids[begin : begin + _AT_ONCE]

            def part(work: Work, some: Sequence[ContactId] = some) -> Application:
                if len(contact_ids) > _AT_ONCE:
                    work.announce_in_bulk()
                return self._applying.some(work, campaign_id, some, channel_id, begins=True)

            found = total(found, await self._store.run(part))
            progress(begin + len(some), len(contact_ids))
            if cancelled():
                break
        return replace(found, total=len(contact_ids))

    # -- what is under way

    async def enrollments(
        self,
        campaign_id: CampaignId,
        *,
        state: EnrollmentState | None = None,
        text: str = "",
        before: EnrollmentId | None = None,
        limit: int = 200,
    ) -> tuple[Enrollment, ...]:
        """Return applications of a campaign, the newest first; with ``text`` in the contact's name or address."""
        return await self._store.read(
            lambda work: work.drips.page(campaign_id, state=state, text=text, before=before, limit=limit)
        )

    async def of_contact(self, contact_id: ContactId) -> tuple[Enrollment, ...]:
        """Return what was applied to a contact, the newest first."""
        return await self._store.read(lambda work: work.drips.of_contact(contact_id))

    async def stop(self, enrollment_ids: Sequence[EnrollmentId]) -> int:
        """Stop applications by hand; what is queued and unsent is cancelled too. Returns how many were under way.

        One contact's is everybody's to stop. Raises PermissionDeniedError for several of which some were applied by
        colleagues, unless the campaign is this user's or they are an administrator.
        """

        def stop(work: Work) -> int:
            known = [one for one in (work.drips.get(key) for key in enrollment_ids) if one is not None]
            if len(known) > 1 and any(one.user_id != self._user_id for one in known):
                for campaign_id in sorted({one.campaign_id for one in known}):
                    made_by = existing(work, campaign_id).created_by_id
                    need_maker(work, self._user_id, made_by, "stop this campaign for contacts of colleagues")
            return self._end(work, [one.contact_id for one in known], [one.id for one in known], "stopped_by_hand")

        return await self._store.run(stop)

    async def send_missed(self, enrollment_id: EnrollmentId) -> int:
        """Let messages that ask leave now; returns how many."""
        return await self._store.run(lambda work: _answered(work, enrollment_id, sends=True))

    async def skip_missed(self, enrollment_id: EnrollmentId) -> int:
        """Leave out messages that ask; returns how many."""
        return await self._store.run(lambda work: _answered(work, enrollment_id, sends=False))

    # -- inside

    def _need_maker(self, work: Work, campaign: Campaign) -> None:
        need_maker(work, self._user_id, campaign.created_by_id, "change this campaign")

    def _stop(self, work: Work, campaign_id: CampaignId, *, cause: str) -> None:
        contacts = work.drips.active_of(campaign_id)
        mine = [one.id for one in work.drips.page(campaign_id, state=EnrollmentState.ACTIVE, limit=1_000_000)]
        self._end(work, contacts, mine, cause)

    def _end(self, work: Work, contact_ids: Sequence[ContactId], only: Sequence[EnrollmentId], cause: str) -> int:
        queued = work.enrollments.queued_of(only)
        ended = work.enrollments.stop(
            contact_ids,
            EnrollmentState.CANCELLED,
            cause=cause,
            only=only,
            actor=ActorKind.USER,
            user_id=self._user_id,
        )
        work.enrollments.withdraw(queued, cause=cause)
        work.enrollments.withdraw(work.consent_first.unfollowed(queued), cause=cause)
        return len(ended)


def _answered(work: Work, enrollment_id: EnrollmentId, *, sends: bool) -> int:
    known = work.drips.get(enrollment_id)
    if known is None:
        raise missing_campaign()
    count = work.drips.ask_again(enrollment_id, work.now()) if sends else work.drips.skip_asking(enrollment_id)
    work.enrollments.finish([enrollment_id])
    work.drips.announce([known.contact_id])
    return count
