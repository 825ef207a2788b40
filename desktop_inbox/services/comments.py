"""CommentService: what colleagues tell each other beside a conversation.

A comment is never sent. This module knows nothing of channels, providers and the outbox, and nothing that sends
knows of comments; a test of the imports and one with a recording provider hold both to it (S3-74).
"""

from collections.abc import Callable, Sequence

from desktop_inbox.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from desktop_inbox.models.entities.comment import MAX_COMMENT, AuthorKind, Comment
from desktop_inbox.models.entities.ids import ConversationId, EntryId, UserId
from desktop_inbox.models.entities.user import User
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work

from .plain_text import check_storable, clean_name, make_storable
from .rights import name_of

_NAME_LIMIT = 80  # of an outside system


class CommentService:
    """Comments of one user, and notes of outside systems."""

    def __init__(self, store: Store, *, user_id: UserId, notes: Callable[[], bool] = lambda: True) -> None:
        self._store = store
        self._user_id = user_id
        self._notes = notes

    async def users(self) -> tuple[User, ...]:
        """Return whom a comment can mention: everybody who still works here."""
        return tuple(user for user in await self._store.read(lambda work: work.users.all()) if user.active)

    async def add(self, conversation_id: ConversationId, text: str) -> Comment:
        """Add a comment; "@" and a colleague's name mentions them (S3-73).

        Raises InvalidInputError for an empty text or one of more than 1,000 characters.
        """
        said = _clean(text)

        def add(work: Work) -> Comment:
            _check_conversation(work, conversation_id)
            return work.comments.add(
                conversation_id,
                said,
                author_kind=AuthorKind.USER,
                author_id=self._user_id,
                author_name=name_of(work, self._user_id),
                mentions=mentioned(said, work.users.all()),
            )

        return await self._store.run(add)

    async def note(self, conversation_id: ConversationId, text: str, *, author: str) -> Comment:
        """Add the note of an outside system, such as the transcript of a voicemail (S4-06).

        Raises PermissionDeniedError where the office switched notes off (S4-07).
        """
        if not self._notes():
            raise PermissionDeniedError(
                "notes_off",
                "Notes of other programs are switched off in this office.",
                hint="An administrator can switch them on in the settings.",
            )
        said = _clean(text)
        name = clean_name(check_storable(author, "The author"), limit=_NAME_LIMIT)
        if not name:
            raise InvalidInputError("note_author", "A note needs an author.", hint="Name the program it comes from.")

        def add(work: Work) -> Comment:
            _check_conversation(work, conversation_id)
            return work.comments.add(
                conversation_id,
                said,
                author_kind=AuthorKind.EXTERNAL,
                author_name=name,
                mentions=mentioned(said, work.users.all()),
            )

        return await self._store.run(add)

    async def edit(self, comment_id: EntryId, text: str) -> Comment:
        """Say something else. Only who wrote a comment may; it can be undone."""
        said = _clean(text)

        def edit(work: Work) -> Comment:
            known = self._own(work, comment_id)
            if known.text != said:
                with work.undo.step(self._user_id, "comment_edited") as step:
                    step.watch("comments", id=[comment_id])
                    step.watch("comment_mentions", comment_id=[comment_id])
                    work.comments.change(known, said, mentioned(said, work.users.all()))
            return _existing(work, comment_id)

        return await self._store.run(edit)

    async def delete(self, comment_id: EntryId) -> None:
        """Remove a comment. Only who wrote it may; it can be undone."""

        def delete(work: Work) -> None:
            known = self._own(work, comment_id)
            with work.undo.step(self._user_id, "comment_deleted") as step:
                step.watch("comments", id=[comment_id])
                step.watch("comment_mentions", comment_id=[comment_id])
                work.comments.delete(known)

        await self._store.run(delete)

    async def mentions(self) -> tuple[Comment, ...]:
        """Return comments that mention this user and that they have not seen, oldest first."""
        return await self._store.read(lambda work: work.comments.unseen_mentions(self._user_id))

    async def mark_seen(self, conversation_id: ConversationId) -> int:
        """The user looks at a conversation; returns how many mentions were new."""
        seen = await self._store.read(lambda work: work.comments.has_unseen(self._user_id, conversation_id))
        if not seen:
            return 0
        return await self._store.run(lambda work: work.comments.mark_seen(self._user_id, conversation_id))

    # -- what was typed and not added yet

    async def draft(self, conversation_id: ConversationId) -> str:
        """Return what the user typed for colleagues and did not add."""
        found = await self._store.read(lambda work: work.drafts.get(conversation_id, self._user_id))
        return found.comment if found is not None else ""

    async def save_draft(self, conversation_id: ConversationId, text: str) -> None:
        """Keep what was typed for colleagues, apart from the reply (C01)."""
        stored = make_storable(text)

        def save(work: Work) -> None:
            _check_conversation(work, conversation_id)
            work.drafts.save_comment(conversation_id, self._user_id, stored)

        await self._store.run(save)

    def _own(self, work: Work, comment_id: EntryId) -> Comment:
        known = _existing(work, comment_id)
        if known.author_kind is not AuthorKind.USER or known.author_id != self._user_id:
            raise PermissionDeniedError(
                "comment_foreign", "Only who wrote a comment can change it.", hint="Add a comment of your own."
            )
        return known


def mentioned(text: str, users: Sequence[User]) -> tuple[UserId, ...]:
    """Return whom ``text`` mentions: "@" and the whole name of somebody who works here, whatever its case."""
    low = text.casefold()
    found: dict[UserId, None] = {}
    taken: set[int] = set()  # places of "@" that a longer name has
    for user in sorted(users, key=lambda one: -len(one.name)):
        name = f"@{user.name.casefold()}"
        place = low.find(name) if user.active and user.name else -1
        while place >= 0:
            after = low[place + len(name) : place + len(name) + 1]
            before = low[place - 1 : place] if place else ""
            if place not in taken and not after.isalnum() and not before.isalnum():  # no part of an e-mail address
                taken.add(place)
                found[user.id] = None
            place = low.find(name, place + 1)
    return tuple(found)


def _clean(text: str) -> str:
    said = check_storable(text, "The comment").strip()
    if not said:
        raise InvalidInputError("comment_empty", "The comment is empty.", hint="Type something first.")
    if len(said) > MAX_COMMENT:
        raise InvalidInputError(
            "comment_long",
            f"A comment has at most {MAX_COMMENT:,} characters; this one has {len(said):,}.",
            hint="Shorten it, or write two.",
        )
    return said


def _check_conversation(work: Work, conversation_id: ConversationId) -> None:
    if work.conversations.row(conversation_id) is None:
        raise NotFoundError(
            "conversation_missing", "This conversation does not exist any more.", hint="Choose another one."
        )


def _existing(work: Work, comment_id: EntryId) -> Comment:
    found = work.comments.get(comment_id)
    if found is None:
        raise NotFoundError("comment_missing", "The comment does not exist any more.")
    return found
