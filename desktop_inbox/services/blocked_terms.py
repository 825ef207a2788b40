"""BlockedTermService: words and links that must not leave, and the messages that one of them kept back (S5-24..26)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from desktop_inbox.errors import InvalidInputError, NotFoundError
from desktop_inbox.events import SettingChanged, TermsChanged
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.ids import EntryId, TermId, UserId
from desktop_inbox.models.entities.term import BlockedTerm, Decision, KeptBack, TermDecision, TermKind
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from . import term_match
from .plain_text import check_storable, clean_name
from .rights import is_administrator, need_administrator
from .settings import TERM_SCHEMES

if TYPE_CHECKING:
    from .resend import ResendService, Resent

#: An office's list; longer ones belong to the provider.
MAX_TERMS: Final = 5_000
_LONGEST: Final = 255  # characters
_AT_ONCE: Final = 200  # messages in one transaction
_EDIT: Final = "Blocked words and links can be changed"
_DECIDE: Final = "Messages kept back by a word can be decided about"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What became of allowing messages: how many texts may leave from now on, and what was sent again."""

    count: int
    resent: "Resent | None" = None


class BlockedTermService:
    """Everybody sees the list; only administrators change it and decide. Decisions are never changed."""

    def __init__(self, store: Store, *, user_id: UserId, resend: "ResendService | None" = None) -> None:
        self._store = store
        self._user_id = user_id
        self._resend = resend

    # -- the list

    async def all(self) -> tuple[BlockedTerm, ...]:
        """Return every term, words before links."""
        return await self._store.read(lambda work: work.terms.all())

    async def add(self, term: str, kind: TermKind | None = None) -> BlockedTerm:
        """Block a word, several in a row, or the domain of a link; without a kind, what looks like a domain is one.

        Raises InvalidInputError for one that is empty, too long, no domain, or on the list already.
        """
        shown = clean_name(check_storable(term, "The term"), limit=_LONGEST + 1)
        found = kind or (TermKind.LINK if _looks_like_link(shown) else TermKind.WORD)
        key = term_match.domain_key(shown) if found is TermKind.LINK else term_match.word_key(shown)
        if not key:
            what = "a domain such as example.com" if found is TermKind.LINK else "a word"
            raise InvalidInputError("term.empty", f"This is not {what}.", hint=f"Type {what}.")
        if len(shown) > _LONGEST or len(key) > _LONGEST:
            raise InvalidInputError("term.long", f"A term has at most {_LONGEST} characters.", hint="Shorten it.")

        def add(work: Work) -> BlockedTerm:
            need_administrator(work, self._user_id, _EDIT)
            if work.terms.find(found, key) is not None:
                raise InvalidInputError("term.known", "This is on the list already.", hint="Switch it on there.")
            if len(work.terms.all()) >= MAX_TERMS:
                raise InvalidInputError("term.many", f"The list has at most {MAX_TERMS:,} terms.", hint="Delete some.")
            with work.undo.step(self._user_id, "term_added", details={"name": shown}) as step:
                step.watch("blocked_terms", term_key=[key])
                return work.terms.add(found, shown, key, user_id=self._user_id)

        return await self._store.run(add)

    async def named(self, term: str) -> BlockedTerm:
        """Return the term that is looked for in the same way. Raises NotFoundError."""
        keys = {TermKind.WORD: term_match.word_key(term), TermKind.LINK: term_match.domain_key(term)}

        def find(work: Work) -> BlockedTerm | None:
            return next(filter(None, (work.terms.find(kind, key) for kind, key in keys.items() if key)), None)

        found = await self._store.read(find)
        if found is None:
            raise _missing()
        return found

    async def switch(self, term_id: TermId, *, active: bool) -> None:
        """Look for a term, or not for now."""

        def change(work: Work) -> None:
            term = self._editable(work, term_id)
            with work.undo.step(self._user_id, "term_changed", details={"name": term.term}) as step:
                step.watch("blocked_terms", id=[term_id])
                work.terms.change(term_id, active=active)

        await self._store.run(change)

    async def delete(self, term_id: TermId) -> None:
        """Take a term from the list; what was decided stays known."""

        def delete(work: Work) -> None:
            term = self._editable(work, term_id)
            with work.undo.step(self._user_id, "term_deleted", details={"name": term.term}) as step:
                step.watch("blocked_terms", id=[term_id])
                work.terms.delete(term_id)

        await self._store.run(delete)

    async def schemes(self) -> frozenset[Scheme]:
        """Return the kinds of addresses to which blocked terms must not go; SMS unless somebody chose otherwise."""
        stored = await self._store.read(lambda work: work.settings.get(TERM_SCHEMES.key))
        words = (stored if isinstance(stored, str) else TERM_SCHEMES.default).split()
        return frozenset(scheme for scheme in Scheme if scheme.value in words)

    async def set_schemes(self, schemes: frozenset[Scheme]) -> None:
        """Choose them; none switches the list off."""

        def change(work: Work) -> None:
            need_administrator(work, self._user_id, _EDIT)
            with work.undo.step(self._user_id, "term_kinds") as step:
                step.watch("settings", key=[TERM_SCHEMES.key])
                work.settings.set(TERM_SCHEMES.key, " ".join(sorted(schemes)))
            work.announce(SettingChanged(key=TERM_SCHEMES.key))
            work.announce(TermsChanged())

        await self._store.run(change)

    async def matches(self, text: str) -> tuple[str, ...]:
        """Return which active terms are in a text, whatever it is sent by."""
        found = await self._store.read(lambda work: term_match.matcher(work.terms.active()).find(text))
        return tuple(term for _key, term in found)

    # -- what was kept back

    async def kept_back(self, *, limit: int = 500) -> Sequence[KeptBack]:
        """Return the messages about which nobody has decided yet, the newest first."""
        return await self._store.read(
            lambda work: tuple(_named(work, one) for one in work.terms.kept_back(limit=limit))
        )

    async def count(self) -> int:
        """Return how many wait for a decision."""
        return await self._store.read(lambda work: work.terms.count_kept_back())

    async def may_decide(self) -> bool:
        """Return whether this user is an administrator."""
        return await self._store.read(lambda work: is_administrator(work, self._user_id))

    async def allow(self, message_ids: Sequence[EntryId], *, note: str = "", resend: bool = True) -> Allowed:
        """Let these texts leave from now on, and send the messages once more, each together with its decision. Raises
        PermissionDeniedError unless the user is an administrator. What somebody decided meanwhile is left as it is."""
        count, again = await self._decide(message_ids, Decision.ALLOWED, note, self._resend if resend else None)
        return Allowed(count=count, resent=again)

    async def keep(self, message_ids: Sequence[EntryId], *, note: str = "") -> int:
        """Leave messages as they are, and ask no more about them; returns how many. Raises PermissionDeniedError."""
        count, _none = await self._decide(message_ids, Decision.KEPT, note)
        return count

    async def decisions(self, message_id: EntryId | None = None) -> tuple[TermDecision, ...]:
        """Return what was decided, the last thing first."""
        return await self._store.read(lambda work: work.terms.decisions(message_id))

    async def _decide(
        self, message_ids: Sequence[EntryId], decision: Decision, note: str, resend: "ResendService | None" = None
    ) -> tuple[int, "Resent | None"]:
        """How many were decided about, and with ``resend`` what became of sending them again."""
        check_storable(note, "The note")

        def decide(work: Work, ids: Sequence[EntryId]) -> tuple[int, "Resent | None"]:
            need_administrator(work, self._user_id, _DECIDE)
            work.outbox.of_messages(ids)  # holds them: two who decide come one after the other
            kept = list(filter(None, (work.terms.one_kept_back(key) for key in ids)))
            for one in kept:
                self._note(work, one, decision, note)
            if resend is None or not kept:
                return len(kept), None
            return len(kept), resend.resend_in(work, [one.message_id for one in kept])

        count, again = 0, None
        wanted = sorted(set(message_ids))
        for start in range(0, max(1, len(wanted)), _AT_ONCE):
            chunk = wanted[start : start + _AT_ONCE]
            more, resent = await self._store.run(lambda work, chunk=chunk: decide(work, chunk))  # type: ignore[misc]
            count, again = count + more, resent if again is None or resent is None else again + resent
        return count, again

    def _note(self, work: Work, one: KeptBack, decision: Decision, note: str) -> None:
        found = term_match.matcher(work.terms.active()).find(one.text)
        keys = tuple(key for key, _term in found) or ("",)  # its terms were taken from the list meanwhile
        digest = term_match.digest(one.text)
        work.terms.decide(one.message_id, keys, decision, user_id=self._user_id, note=note, digest=digest)
        work.ledger.add(one.message_id, f"term_{decision}", at=work.now(), by=self._user_id, terms=len(keys))

    def _editable(self, work: Work, term_id: TermId) -> BlockedTerm:
        need_administrator(work, self._user_id, _EDIT)
        term = work.terms.get(term_id)
        if term is None:
            raise _missing()
        return term


def _named(work: Work, one: KeptBack) -> KeptBack:
    found = term_match.matcher(work.terms.active()).find(one.text)
    return replace(one, terms=tuple(term for _key, term in found))


def _looks_like_link(term: str) -> bool:
    return "." in term.strip(".") and " " not in term and bool(term_match.domain_key(term))


def _missing() -> NotFoundError:
    return NotFoundError("term.missing", "This is not on the list (any more).", hint="See the list of blocked words.")
