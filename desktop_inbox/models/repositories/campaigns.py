"""Campaigns and their steps."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update

from desktop_inbox.events import CampaignsChanged
from desktop_inbox.models.entities.campaign import (
    Campaign,
    CampaignStep,
    EnrollmentState,
    Numbers,
    StepId,
    StepState,
)
from desktop_inbox.models.entities.ids import CampaignId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus
from desktop_inbox.models.schema import campaign_steps, campaigns, enrollment_steps, enrollments, messages
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository

_C, _S, _E, _T = campaigns.c, campaign_steps.c, enrollments.c, enrollment_steps.c
_LEFT: Final = (DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ)
#: Why a message of a contact is not sent whose step was taken out of the campaign.
REMOVED: Final = "step_removed"


class CampaignRepository(Repository):
    """Reads and writes campaigns; who may do what is the service's business."""

    def all(self) -> tuple[Campaign, ...]:
        """Every campaign with its numbers, by name."""
        rows = self._connection.execute(select(campaigns).order_by(_C.name_key)).all()
        return self._complete(rows)

    def get(self, campaign_id: CampaignId) -> Campaign | None:
        """The campaign with its numbers, or None."""
        rows = self._connection.execute(select(campaigns).where(_C.id == campaign_id)).all()
        return next(iter(self._complete(rows)), None)

    def by_name(self, name: str) -> Campaign | None:
        """The campaign of this name, whatever its case and accents, or None."""
        rows = self._connection.execute(select(campaigns).where(_C.name_key == fold(name))).all()
        return next(iter(self._complete(rows)), None)

    def add(self, name: str, steps: Sequence[CampaignStep], *, created_by: UserId) -> CampaignId:
        """Save a campaign."""
        now = self._work.now()
        values = {
            "name": name,
            "name_key": fold(name),
            "created_by_id": created_by,
            "created_at": now,
            "updated_at": now,
        }
        key = CampaignId(self._connection.execute(insert(campaigns).values(**values).returning(_C.id)).scalar_one())
        self._save_steps(key, steps)
        self._work.announce(CampaignsChanged())
        return key

    def change(
        self,
        campaign_id: CampaignId,
        *,
        name: str | None = None,
        active: bool | None = None,
        steps: Sequence[CampaignStep] | None = None,
    ) -> None:
        """Set what is given. Messages under way keep their dates, and read as their steps read when they are sent."""
        values: dict[str, Any] = {"updated_at": self._work.now()}
        if name is not None:
            values |= {"name": name, "name_key": fold(name)}
        if active is not None:
            values["active"] = active
        self._connection.execute(update(campaigns).where(_C.id == campaign_id).values(**values))
        if steps is not None:
            self._save_steps(campaign_id, steps)
        self._work.announce(CampaignsChanged())

    def delete(self, campaign_id: CampaignId) -> None:
        """Remove a campaign with what is known of its applications; messages and events stay."""
        self._connection.execute(delete(campaigns).where(_C.id == campaign_id))
        self._work.announce(CampaignsChanged())

    def numbers(self, ids: Sequence[CampaignId]) -> dict[CampaignId, Numbers]:
        """How it went, for each campaign that was ever applied."""
        found: dict[CampaignId, dict[str, int]] = {}
        query = select(_E.campaign_id, _E.state, func.count().label("number")).where(_E.campaign_id.in_(list(ids)))
        for row in self._connection.execute(query.group_by(_E.campaign_id, _E.state)):
            found.setdefault(CampaignId(row.campaign_id), {})[str(EnrollmentState(row.state))] = row.number
        steps = select(_E.campaign_id, func.count().label("number")).select_from(enrollments)
        steps = steps.join(enrollment_steps, _T.enrollment_id == _E.id).where(_E.campaign_id.in_(list(ids)))
        asking = steps.where(_T.state == StepState.ASKING).group_by(_E.campaign_id)
        sent = steps.join(messages, messages.c.id == _T.message_id).where(messages.c.status.in_(_LEFT))
        for name, its in (("asking", asking), ("sent", sent.group_by(_E.campaign_id))):
            for row in self._connection.execute(its):
                found.setdefault(CampaignId(row.campaign_id), {})[name] = row.number
        return {key: Numbers(**values) for key, values in found.items()}

    def _save_steps(self, campaign_id: CampaignId, steps: Sequence[CampaignStep]) -> None:
        known = set(self._connection.execute(select(_S.id).where(_S.campaign_id == campaign_id)).scalars())
        for position, step in enumerate(steps):
            values = _step_values(step) | {"position": position, "removed": False}
            if step.id in known:
                self._connection.execute(update(campaign_steps).where(_S.id == step.id).values(**values))
            else:
                self._connection.execute(insert(campaign_steps).values(campaign_id=campaign_id, **values))
        self._remove_steps(known - {step.id for step in steps})

    def retire(self, step_ids: Sequence[int]) -> frozenset[int]:
        """Take those steps out of which some contact got a message, or was to get one; returns which they were. What
        was sent of them stays known, what waits is skipped."""
        query = select(_T.step_id).where(_T.step_id.in_(list(step_ids))).distinct()
        used = frozenset(self._connection.execute(query).scalars()) if step_ids else frozenset()
        if not used:
            return used
        self._connection.execute(update(campaign_steps).where(_S.id.in_(used)).values(removed=True))
        waits = _T.state.in_((StepState.WAITING, StepState.ASKING))
        theirs = list(
            self._connection.execute(select(_T.enrollment_id).where(_T.step_id.in_(used), waits).distinct()).scalars()
        )
        self._connection.execute(
            update(enrollment_steps).where(_T.step_id.in_(used), waits).values(state=StepState.SKIPPED, reason=REMOVED)
        )
        self._work.enrollments.finish(theirs)
        self._work.announce(CampaignsChanged())
        return used

    def _remove_steps(self, gone: set[int]) -> None:
        unused = gone - self.retire(sorted(gone))
        if unused:
            self._connection.execute(delete(campaign_steps).where(_S.id.in_(unused)))

    def _complete(self, rows: Sequence[AnyRow]) -> tuple[Campaign, ...]:
        ids = [CampaignId(row.id) for row in rows]
        steps: dict[int, list[CampaignStep]] = {}
        query = select(campaign_steps).where(_S.campaign_id.in_(ids), _S.removed.is_(False))
        for row in self._connection.execute(query.order_by(_S.campaign_id, _S.position, _S.id)):
            steps.setdefault(row.campaign_id, []).append(to_step(row))
        numbers = self.numbers(ids) if ids else {}
        return tuple(
            Campaign(
                id=CampaignId(row.id),
                name=row.name,
                active=bool(row.active),
                steps=tuple(steps.get(row.id, ())),
                created_by_id=UserId(row.created_by_id),
                created_at=row.created_at,
                updated_at=row.updated_at,
                numbers=numbers.get(CampaignId(row.id), Numbers()),
            )
            for row in rows
        )


def to_step(row: AnyRow) -> CampaignStep:
    """Return the entity of a row of ``campaign_steps``."""
    return CampaignStep(
        id=StepId(row.id), days=row.days, minutes=row.minutes, text=row.text, files=tuple(row.files.get("files", ()))
    )


def _step_values(step: CampaignStep) -> dict[str, Any]:
    return {"days": step.days, "minutes": step.minutes, "text": step.text, "files": {"files": list(step.files)}}
