"""States, people and history in memory, of the same shape as the services, for tests of the window."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from desktop_inbox.events import EventBus, StepTaken, StepUndone
from desktop_inbox.models.entities.conversation import ConversationStatus, Priority
from desktop_inbox.models.entities.ids import ConversationId, UndoStepId, UserId
from desktop_inbox.models.entities.undo import Undone, UndoStep
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.services.deletion import Deleted, DeletionQuestion
from desktop_inbox.services.state import Changed

NOW = datetime(2026, 11, 19, 12, 10, tzinfo=UTC)
ME = UserId(1)


class FakeUndo:
    """What the window asks of UndoService."""

    def __init__(self, bus: EventBus | None = None) -> None:
        self.bus = bus or EventBus()
        self.steps: list[UndoStep] = []
        self.backs: dict[UndoStepId, Any] = {}
        self.changed_since = 0

    def record(self, kind: str, count: int, back: Any, **details: str) -> UndoStepId:
        """Remember a step and tell it."""
        key = UndoStepId(len(self.steps) + 1)
        self.steps.append(UndoStep(id=key, user_id=ME, kind=kind, count=count, at=NOW, details=details))
        self.backs[key] = back
        self.bus.publish(StepTaken(step_id=key, user_id=ME, kind=kind, count=count))
        return key

    async def history(self, *, limit: int = 100) -> tuple[UndoStep, ...]:
        return tuple(reversed(self.steps))[:limit]

    async def step(self, step_id: UndoStepId) -> UndoStep:
        return self.steps[step_id - 1]

    async def undo_last(self) -> Undone | None:
        left = [step for step in self.steps if step.undone_at is None]
        return await self.undo(left[-1].id) if left else None

    async def undo(self, step_id: UndoStepId) -> Undone:
        self.backs[step_id]()
        step = self.steps[step_id - 1] = replace(self.steps[step_id - 1], undone_at=NOW)
        self.bus.publish(StepUndone(step_id=step_id, user_id=ME))
        return Undone(step=step, restored=step.count, changed_since=self.changed_since)


class FakeStates:
    """StateService over the rows of a FakeInbox; each change can be taken back."""

    def __init__(self, inbox: Any, undo: FakeUndo | None = None) -> None:
        self.inbox, self.undo = inbox, undo or FakeUndo(inbox.bus)
        self.calls: list[tuple[str, tuple[int, ...], Any]] = []

    async def assign(self, chosen: Sequence[ConversationId], user_id: UserId | None, **_course: Any) -> Changed:
        names = {1: "Dana Reyes", 2: "Sam Okoro", 3: "Zoë Lind"}
        more = {"user": names.get(user_id or 0, "")}
        kind = "unassigned" if user_id is None else "assigned"
        return self._set(kind, chosen, user_id, more, assignee_id=user_id, assignee_name=more["user"])

    async def done(self, chosen: Sequence[ConversationId], **_course: Any) -> Changed:
        return self._set(
            "marked_done", chosen, None, {}, status=ConversationStatus.DONE, assignee_id=None, assignee_name="",
            snoozed_at=None, snoozed_until=None,
        )  # fmt: skip

    async def pending(self, chosen: Sequence[ConversationId], **_course: Any) -> Changed:
        return self._set("marked_pending", chosen, None, {}, status=ConversationStatus.PENDING)

    async def snooze(self, chosen: Sequence[ConversationId], until: datetime | None, **_course: Any) -> Changed:
        more = {"until": "answer" if until is None else until.isoformat()}
        return self._set("snoozed", chosen, until, more, snoozed_at=NOW, snoozed_until=until)

    async def unsnooze(self, chosen: Sequence[ConversationId], **_course: Any) -> Changed:
        return self._set("unsnoozed", chosen, None, {}, snoozed_at=None, snoozed_until=None)

    async def mark_unread(self, chosen: Sequence[ConversationId], **_course: Any) -> Changed:
        return self._set("marked_unread", chosen, None, {}, unread_count=1)

    async def mark_read(self, chosen: Sequence[ConversationId], **_course: Any) -> Changed:
        return self._set("marked_read", chosen, None, {}, unread_count=0)

    async def pin(self, chosen: Sequence[ConversationId], *, pinned: bool = True, **_course: Any) -> Changed:
        return self._set("pinned" if pinned else "unpinned", chosen, pinned, {}, pinned=pinned)

    async def prioritise(self, chosen: Sequence[ConversationId], priority: Priority, **_course: Any) -> Changed:
        more = {"priority": priority.name.lower()}
        return self._set("priority_changed", chosen, priority, more, priority=priority)

    async def archive(self, chosen: Sequence[ConversationId], **_course: Any) -> Changed:
        return self._set("archived", chosen, None, {}, archived_at=NOW)

    async def restore(self, chosen: Sequence[ConversationId], **_course: Any) -> Changed:
        return self._set("restored", chosen, None, {}, archived_at=None)

    async def block(self, chosen: Sequence[ConversationId], *, blocked: bool = True, **_course: Any) -> Changed:
        return self._set("blocked" if blocked else "unblocked", chosen, blocked, {})

    def _set(
        self, kind: str, chosen: Sequence[ConversationId], value: Any, details: dict[str, str], **fields: Any
    ) -> Changed:
        self.calls.append((kind, tuple(chosen), value))
        before = {key: self.inbox.rows[key] for key in chosen}

        def back() -> None:
            for key, row in before.items():
                self.inbox.change(key, **{name: getattr(row, name) for name in fields})

        for key in chosen:
            self.inbox.change(key, **fields)
        if len(chosen) == 1:
            details = {**details, "name": before[chosen[0]].name}
        return Changed(count=len(chosen), step_id=self.undo.record(kind, len(chosen), back, **details))


class FakeDeletion:
    """What the window asks of DeletionService."""

    def __init__(self, inbox: Any) -> None:
        self.inbox = inbox
        self.allowed = True

    async def ask(self, chosen: Sequence[ConversationId]) -> DeletionQuestion:
        return DeletionQuestion(conversations=len(chosen), messages=14 * len(chosen))

    async def delete(self, chosen: Sequence[ConversationId], **_course: Any) -> Deleted:
        for key in chosen:
            self.inbox.change(key, archived_at=NOW)
        return Deleted(conversations=len(chosen), messages=14 * len(chosen))


class FakeUsers:
    """What the window asks of UserService."""

    def __init__(self, bus: EventBus | None = None) -> None:
        self.bus = bus or EventBus()
        self.people = [
            User(id=ME, name="Dana Reyes", role=Role.ADMINISTRATOR),
            User(id=UserId(2), name="Sam Okoro", role=Role.AGENT),
            User(id=UserId(3), name="Zoë Lind", role=Role.AGENT),
        ]

    async def all(self) -> tuple[User, ...]:
        return tuple(self.people)

    async def active(self) -> tuple[User, ...]:
        return tuple(user for user in self.people if user.active)

    async def add(self, name: str, *, role: Role = Role.AGENT) -> User:
        self.people.append(User(id=UserId(len(self.people) + 1), name=name, role=role))
        return self.people[-1]

    async def rename(self, user_id: UserId, name: str) -> None:
        self._change(user_id, name=name)

    async def set_role(self, user_id: UserId, role: Role) -> None:
        self._change(user_id, role=role)

    async def deactivate(self, user_id: UserId) -> int:
        self._change(user_id, active=False)
        return 3

    async def reactivate(self, user_id: UserId) -> None:
        self._change(user_id, active=True)

    def _change(self, user_id: UserId, **fields: Any) -> None:
        self.people = [replace(user, **fields) if user.id == user_id else user for user in self.people]
