"""The consent ledger: append-only lines, and the current columns they add up to."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, false, func, insert, or_, select, update

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.events import ContactChanged
from desktop_inbox.models.entities.campaign import EnrollmentState
from desktop_inbox.models.entities.consent import ConsentMethod, ConsentRecord
from desktop_inbox.models.entities.contact import OptIn
from desktop_inbox.models.entities.ids import AddressId, ContactId, EntryId, UserId
from desktop_inbox.models.entities.message import DeliveryStatus, ErrorOrigin, SenderKind
from desktop_inbox.models.entities.outbox import Move
from desktop_inbox.models.entities.timeline import ActorKind
from desktop_inbox.models.schema import consent_ledger, contact_addresses, contacts

from .base import AnyRow, Repository

_AT_ONCE: Final = 500  # contacts in one statement
_OF_CONTACT = select(consent_ledger).order_by(consent_ledger.c.at.desc(), consent_ledger.c.id.desc())

#: Who may say that messages are welcome again. An import never does.
_MAY_OPT_IN: Final = frozenset({ConsentMethod.KEYWORD, ConsentMethod.MANUAL})

_ACTORS: Final = {
    ConsentMethod.KEYWORD: ActorKind.CONTACT,
    ConsentMethod.MANUAL: ActorKind.USER,
    ConsentMethod.PROVIDER: ActorKind.CHANNEL,
    ConsentMethod.IMPORT: ActorKind.SYSTEM,
}

#: A typed reply and the answer to the opt-out itself may still leave (S4-15).
_ALLOWED_SENDERS: Final = (SenderKind.USER, SenderKind.ECHO, SenderKind.API, SenderKind.KEYWORD)


class ConsentRepository(Repository):
    """Who may be written to. Every change is a line that is never changed again."""

    def record(
        self,
        contact_id: ContactId,
        status: OptIn,
        *,
        method: ConsentMethod,
        wording: str,
        address_id: AddressId | None = None,
        message_id: EntryId | None = None,
        user_id: UserId | None = None,
        at: datetime | None = None,
    ) -> bool:
        """Add a line and bring the contact up to date; True when its state changed.

        ``at`` is when it was said (now). What was said before something newer that overrules it is kept as
        a line and changes nothing, so the order in which a provider delivers does not matter. With an
        opt-out, automatic messages that wait for this contact are blocked in the same transaction.
        Raises InvalidInputError when an opt-out would be cleared without a recorded reason.
        """
        moment = at or self._work.now()
        self._check_words(status, method, wording)
        query = select(contacts.c.opt_in, contacts.c.looks_opted_out).where(contacts.c.id == contact_id)
        known = self._connection.execute(query.with_for_update()).first()
        if known is None:
            raise NotFoundError("contact_missing", "The contact does not exist any more.")
        overruled = self._is_overruled(contact_id, status, method, moment)
        self._add_line(contact_id, status, method, wording, address_id, message_id, user_id, moment)
        if status is OptIn.OPTED_IN and method not in _MAY_OPT_IN:
            return False
        if overruled:
            return False
        changed = self._apply(contact_id, status, method, address_id, moment)
        if status is OptIn.OPTED_OUT:
            self.stop_automatic((contact_id,))
        if changed:
            self._tell(contact_id, status, method, wording, message_id, user_id, moment)
        if changed or known.looks_opted_out:
            self._work.announce(ContactChanged(contact_id=contact_id))
        return changed

    def history(self, contact_id: ContactId) -> tuple[ConsentRecord, ...]:
        """Every line about a contact and those merged into it, newest first."""
        theirs = consent_ledger.c.contact_id.in_(self._work.merges.ids_of(contact_id))
        return tuple(_to_record(row) for row in self._connection.execute(_OF_CONTACT.where(theirs)))

    def last_line(self, contact_id: ContactId) -> int:
        """The id of the last line about a contact; 0 without any."""
        query = select(func.max(consent_ledger.c.id)).where(consent_ledger.c.contact_id == contact_id)
        return self._connection.execute(query).scalar() or 0

    def hold_to(self, contact_ids: Iterable[ContactId], *, since: EntryId | None = None) -> None:
        """Rows of contacts were put back as they were: whoever said STOP, or was opted out by hand or by an import,
        and has not been opted in again, is opted out whatever the rows say.

        What an import said goes with that import when it is taken back; lines from ``since`` on count whoever
        wrote them.
        """
        wanted = sorted(set(contact_ids))
        c = consent_ledger.c
        lasting = self._lasting()
        if since is not None:
            lasting = or_(lasting, c.id >= since)
        for begin in range(0, len(wanted), _AT_ONCE):
            open_ones = select(contacts.c.id).where(
                contacts.c.id.in_(wanted[begin : begin + _AT_ONCE]), contacts.c.opt_in == OptIn.OPTED_IN
            )
            theirs = select(c.contact_id).where(c.contact_id.in_(open_ones), c.status == OptIn.OPTED_OUT, lasting)
            for contact_id in self._connection.execute(theirs.distinct()).scalars().all():
                self._hold_to(ContactId(contact_id), lasting)

    def withdraw(self, first: int, last: int) -> None:
        """An import was taken back that had said this: whom nothing else keeps opted out is opted in again."""
        c, lasting = consent_ledger.c, self._lasting()
        named = select(c.contact_id).where(c.id.between(first, last), c.method == ConsentMethod.IMPORT)
        kept = select(contacts.c.id).where(
            contacts.c.id.in_(named),
            contacts.c.opt_in == OptIn.OPTED_OUT,
            contacts.c.opt_in_method == ConsentMethod.IMPORT,
        )
        for key in self._connection.execute(kept).scalars().all():
            contact_id = ContactId(key)
            word = self._last_word(contact_id, lasting)
            if word is None or word.status is OptIn.OPTED_IN:
                values = {"opt_in": OptIn.OPTED_IN, "opt_in_method": "" if word is None else word.method}
                self._connection.execute(update(contacts).where(contacts.c.id == contact_id).values(**values))
                self._work.announce(ContactChanged(contact_id=contact_id))

    def pass_on(self, source: ContactId, target: ContactId, *, since: EntryId) -> None:
        """Two contacts were one and are parted: lines from ``since`` on about an address that ``target`` has, and
        opt-outs of the whole person, are theirs too."""
        c = consent_ledger.c
        mine = select(contact_addresses.c.id).where(contact_addresses.c.contact_id == target)
        whole = c.address_id.is_(None) & (c.status == OptIn.OPTED_OUT)
        query = select(consent_ledger).where(c.contact_id == source, c.id >= since, or_(c.address_id.in_(mine), whole))
        for row in self._connection.execute(query.order_by(c.id)).all():
            line = _to_record(row)
            self.record(
                target,
                line.status,
                method=line.method,
                wording=line.wording,
                address_id=line.address_id,
                message_id=line.message_id,
                user_id=line.user_id,
                at=line.at,
            )

    def _lasting(self) -> ColumnElement[bool]:
        c = consent_ledger.c
        withdrawn = [c.id.between(first, last) for first, last in self._work.undo.withdrawn_imports()]
        return or_(c.method != ConsentMethod.IMPORT, ~or_(false(), *withdrawn))

    def _last_word(self, contact_id: ContactId, lasting: ColumnElement[bool]) -> ConsentRecord | None:
        c = consent_ledger.c
        foreign = select(contact_addresses.c.id).where(contact_addresses.c.contact_id != contact_id)
        about = or_(c.address_id.is_(None), c.address_id.not_in(foreign))
        query = select(consent_ledger).where(c.contact_id == contact_id, lasting, about).order_by(c.id)
        return last_word([_to_record(row) for row in self._connection.execute(query)])

    def _hold_to(self, contact_id: ContactId, lasting: ColumnElement[bool]) -> None:
        last = self._last_word(contact_id, lasting)
        if last is not None and last.status is OptIn.OPTED_OUT:
            self._apply(contact_id, OptIn.OPTED_OUT, last.method, last.address_id, last.at)
            self.stop_automatic((contact_id,))

    def flag_question(self, contact_id: ContactId, message_id: EntryId) -> None:
        """A message looks like an opt-out: automatic messages pause until a person decides (S4-13)."""
        statement = update(contacts).where(
            contacts.c.id == contact_id, contacts.c.looks_opted_out.is_(False), contacts.c.opt_in == OptIn.OPTED_IN
        )
        if self._connection.execute(statement.values(looks_opted_out=True)).rowcount:
            self._event(contact_id, "looks_opted_out", ActorKind.SYSTEM, None, {"message_id": str(message_id)})
            self._work.announce(ContactChanged(contact_id=contact_id))

    def settle_question(self, contact_id: ContactId, *, user_id: UserId | None) -> None:
        """A person decided that it was no opt-out."""
        statement = update(contacts).where(contacts.c.id == contact_id, contacts.c.looks_opted_out.is_(True))
        if self._connection.execute(statement.values(looks_opted_out=False)).rowcount:
            self._event(contact_id, "opt_out_question_settled", ActorKind.USER, user_id, {})
            self._work.announce(ContactChanged(contact_id=contact_id))

    def _check_words(self, status: OptIn, method: ConsentMethod, wording: str) -> None:
        if method is ConsentMethod.MANUAL and status is OptIn.OPTED_IN and not wording.strip():
            raise InvalidInputError(
                "consent_reason_missing",
                "An opt-out can only be cleared with a reason.",
                hint="Write down when and how the contact agreed to get messages again.",
            )

    def _is_overruled(self, contact_id: ContactId, status: OptIn, method: ConsentMethod, moment: datetime) -> bool:
        """Whether something was said later that this line cannot undo."""
        if method is not ConsentMethod.KEYWORD:
            return False
        later = select(consent_ledger.c.id).where(
            consent_ledger.c.contact_id.in_(self._work.merges.ids_of(contact_id)), consent_ledger.c.at > moment
        )
        if status is OptIn.OPTED_OUT:  # only the contact's own later START is stronger than their STOP
            later = later.where(
                consent_ledger.c.status == OptIn.OPTED_IN, consent_ledger.c.method == ConsentMethod.KEYWORD
            )
        else:
            later = later.where(consent_ledger.c.status == OptIn.OPTED_OUT)
        return self._connection.execute(later.limit(1)).first() is not None

    def _add_line(
        self,
        contact_id: ContactId,
        status: OptIn,
        method: ConsentMethod,
        wording: str,
        address_id: AddressId | None,
        message_id: EntryId | None,
        user_id: UserId | None,
        moment: datetime,
    ) -> None:
        last = self._connection.execute(_OF_CONTACT.where(consent_ledger.c.contact_id == contact_id).limit(1)).first()
        key = self._work.new_entry_id(self._work.now(), consent_ledger, after=last.id if last else 0)
        self._connection.execute(
            insert(consent_ledger).values(
                id=key,
                contact_id=contact_id,
                address_id=address_id,
                status=status,
                method=method,
                wording=wording,
                message_id=message_id,
                user_id=user_id,
                at=moment,
            )
        )

    def _apply(
        self, contact_id: ContactId, status: OptIn, method: ConsentMethod, address_id: AddressId | None, at: datetime
    ) -> bool:
        """Set the current columns. By hand and without an address all addresses are meant; a person who
        clears one address clears only that one, whoever else speaks means everything."""
        only_address = method is ConsentMethod.MANUAL and address_id is not None
        where = contact_addresses.c.contact_id == contact_id
        if address_id is not None:
            where &= contact_addresses.c.id == address_id
        changed = 0
        if address_id is not None or method is ConsentMethod.MANUAL:
            statement = update(contact_addresses).where(where, contact_addresses.c.opt_in != status)
            changed += self._connection.execute(statement.values(opt_in=status)).rowcount
        if only_address:
            return changed > 0
        statement = update(contacts).where(contacts.c.id == contact_id, contacts.c.opt_in != status)
        changed += self._connection.execute(
            statement.values(opt_in=status, opt_in_changed_at=at, opt_in_method=method)
        ).rowcount
        statement = update(contacts).where(contacts.c.id == contact_id, contacts.c.looks_opted_out.is_(True))
        self._connection.execute(statement.values(looks_opted_out=False))
        return changed > 0

    def stop_automatic(self, contact_ids: Sequence[ContactId]) -> None:
        """These contacts opted out: their campaigns end, and nothing automatic that waits leaves any more."""
        self._work.enrollments.stop(contact_ids, EnrollmentState.OPTED_OUT, cause="opted_out")
        self._work.batches.opted_out(contact_ids)
        for contact_id in contact_ids:
            self._block_waiting(contact_id)

    def _block_waiting(self, contact_id: ContactId) -> None:
        """Nothing automatic that waits leaves any more; answers to keywords and typed replies do, but for what
        was to follow a consent message: this is the answer to it (S4-23)."""
        waiting = sorted(self._work.outbox.waiting_of(contact_id), key=lambda entry: entry.leads)
        senders = {one.id: one.sender_kind for one in self._work.messages.many([one.message_id for one in waiting])}
        at = self._work.now()
        self._work.outbox.apply(
            [
                Move(
                    before=entry,
                    after=replace(entry, state=DeliveryStatus.BLOCKED, reason="opted_out"),
                    kind="blocked",
                    at=at,
                    details=(("code", "opted_out"),),
                    error_origin=ErrorOrigin.OURS,
                    error_code="opted_out",
                    error_text="The contact opted out before this was sent.",
                )
                for entry in waiting
                if not entry.may_have_left
                and (senders[entry.message_id] not in _ALLOWED_SENDERS or entry.after_message_id is not None)
            ]
        )

    def _tell(
        self,
        contact_id: ContactId,
        status: OptIn,
        method: ConsentMethod,
        wording: str,
        message_id: EntryId | None,
        user_id: UserId | None,
        moment: datetime,
    ) -> None:
        details = {"method": str(method)}
        if method is ConsentMethod.MANUAL:
            details["reason"] = wording
        if message_id is not None:
            details["message_id"] = str(message_id)
        kind = "opted_out" if status is OptIn.OPTED_OUT else "opted_in"
        self._event(contact_id, kind, _ACTORS[method], user_id, details, at=moment)

    def _event(
        self,
        contact_id: ContactId,
        kind: str,
        actor: ActorKind,
        user_id: UserId | None,
        details: dict[str, str],
        *,
        at: datetime | None = None,
    ) -> None:
        user = None if user_id is None else self._work.users.get(user_id)
        conversation_id = self._work.conversations.of_contact(contact_id)
        self._work.timeline.add_event(
            conversation_id,
            kind,
            actor_kind=actor,
            actor_id=user_id,
            actor_name=user.name if user else "",
            details=details,
            at=at,
        )
        self._work.conversations.announce(conversation_id)


def last_word(lines: Sequence[ConsentRecord]) -> ConsentRecord | None:
    """Return the line that decides, of those about a whole contact in the order they were written; None without any.

    The same as applying them one by one: what was overruled when it was written decides nothing.
    """
    last: ConsentRecord | None = None
    for place, line in enumerate(lines):
        if line.method is ConsentMethod.MANUAL and line.address_id is not None:
            continue  # one address only
        if line.status is OptIn.OPTED_IN and line.method not in _MAY_OPT_IN:
            continue
        later = [other for other in lines[:place] if other.at > line.at]
        if line.method is ConsentMethod.KEYWORD and any(_overrules(other, line) for other in later):
            continue
        last = line
    return last


def _overrules(later: ConsentRecord, line: ConsentRecord) -> bool:
    if line.status is OptIn.OPTED_OUT:  # only the contact's own later START is stronger than their STOP
        return later.status is OptIn.OPTED_IN and later.method is ConsentMethod.KEYWORD
    return later.status is OptIn.OPTED_OUT


def _to_record(row: AnyRow) -> ConsentRecord:
    return ConsentRecord(
        id=EntryId(row.id),
        contact_id=ContactId(row.contact_id),
        address_id=None if row.address_id is None else AddressId(row.address_id),
        status=OptIn(row.status),
        method=ConsentMethod(row.method),
        wording=row.wording,
        message_id=None if row.message_id is None else EntryId(row.message_id),
        user_id=None if row.user_id is None else UserId(row.user_id),
        scope=row.scope,
        at=row.at,
    )
