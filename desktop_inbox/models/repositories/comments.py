"""Comments: queries and writes. Nothing here is read by what sends (S3-74)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, insert, select, update

from desktop_inbox.events import TimelineEntryAdded, UserMentioned
from desktop_inbox.models.entities.comment import AuthorKind, Comment
from desktop_inbox.models.entities.ids import ConversationId, EntryId, UserId
from desktop_inbox.models.schema import comment_mentions, comments
from desktop_inbox.models.search_text import fold

from .base import AnyRow, Repository

_C, _M = comments.c, comment_mentions.c


class CommentRepository(Repository):
    """What colleagues and outside systems noted beside conversations."""

    def get(self, comment_id: EntryId) -> Comment | None:
        """The comment, or None."""
        found = self.many((comment_id,))
        return found[0] if found else None

    def many(self, ids: Sequence[EntryId]) -> tuple[Comment, ...]:
        """Those of ``ids`` that exist, oldest first."""
        if not ids:
            return ()
        query = select(comments).where(_C.id.in_(list(ids))).order_by(_C.id)
        return self.complete(self._connection.execute(query).all())

    def complete(self, rows: Sequence[AnyRow]) -> tuple[Comment, ...]:
        """The entities of rows of the table, with whom they mention."""
        if not rows:
            return ()
        mentions = self._mentions([row.id for row in rows])
        return tuple(_to_comment(row, mentions.get(row.id, ())) for row in rows)

    def add(
        self,
        conversation_id: ConversationId,
        text: str,
        *,
        author_kind: AuthorKind,
        author_id: UserId | None = None,
        author_name: str = "",
        mentions: Iterable[UserId] = (),
    ) -> Comment:
        """Write a comment down behind everything said so far; it does not move the conversation in the list."""
        key = self._work.new_entry_id(self._work.now(), comments, after=self._work.timeline.last_id(conversation_id))
        self._connection.execute(
            insert(comments).values(
                id=key,
                conversation_id=conversation_id,
                author_kind=author_kind,
                author_id=author_id,
                author_name=author_name,
                text=text,
                text_key=fold(text),
            )
        )
        self._mention(key, conversation_id, mentions, author_id)
        self._work.announce(TimelineEntryAdded(entry_id=key, conversation_id=conversation_id))
        made = self.get(key)
        assert made is not None  # noqa: S101 - just inserted
        return made

    def change(self, comment: Comment, text: str, mentions: Iterable[UserId]) -> None:
        """Say something else; whoever is mentioned newly is told."""
        statement = update(comments).where(_C.id == comment.id)
        self._connection.execute(statement.values(text=text, text_key=fold(text), edited_at=self._work.now()))
        wanted = tuple(dict.fromkeys(mentions))
        gone = [user for user in comment.mentions if user not in wanted]
        self._connection.execute(delete(comment_mentions).where(_M.comment_id == comment.id, _M.user_id.in_(gone)))
        new = [user for user in wanted if user not in comment.mentions]
        self._mention(comment.id, comment.conversation_id, new, comment.author_id)
        self._work.announce(TimelineEntryAdded(entry_id=comment.id, conversation_id=comment.conversation_id))

    def delete(self, comment: Comment) -> None:
        """Remove a comment for good."""
        self._connection.execute(delete(comment_mentions).where(_M.comment_id == comment.id))
        self._connection.execute(delete(comments).where(_C.id == comment.id))
        self._work.announce(TimelineEntryAdded(entry_id=comment.id, conversation_id=comment.conversation_id))

    def unseen_mentions(self, user_id: UserId) -> tuple[Comment, ...]:
        """Comments that name a user who has not looked since, oldest first."""
        query = select(comments).join(comment_mentions, _M.comment_id == _C.id).order_by(_C.id)
        return self.complete(self._connection.execute(query.where(_M.user_id == user_id, _M.seen_at.is_(None))).all())

    def has_unseen(self, user_id: UserId, conversation_id: ConversationId) -> bool:
        """Whether a conversation has a mention that is new to a user."""
        query = select(_M.comment_id).join(comments, _C.id == _M.comment_id).limit(1)
        query = query.where(_M.user_id == user_id, _M.seen_at.is_(None), _C.conversation_id == conversation_id)
        return self._connection.execute(query).first() is not None

    def mark_seen(self, user_id: UserId, conversation_id: ConversationId) -> int:
        """A user looked at a conversation; returns how many mentions were new to them."""
        here = select(_C.id).where(_C.conversation_id == conversation_id)
        statement = update(comment_mentions).where(_M.user_id == user_id, _M.seen_at.is_(None), _M.comment_id.in_(here))
        return int(self._connection.execute(statement.values(seen_at=self._work.now())).rowcount)

    def _mention(
        self, comment_id: EntryId, conversation_id: ConversationId, users: Iterable[UserId], author_id: UserId | None
    ) -> None:
        for user_id in dict.fromkeys(users):
            own = user_id == author_id
            values = {"comment_id": comment_id, "user_id": user_id, "seen_at": self._work.now() if own else None}
            self._connection.execute(insert(comment_mentions).values(values))
            if not own:
                self._work.announce(
                    UserMentioned(comment_id=comment_id, conversation_id=conversation_id, user_id=user_id)
                )

    def _mentions(self, ids: Sequence[int]) -> Mapping[int, tuple[UserId, ...]]:
        found: dict[int, list[UserId]] = defaultdict(list)
        query = select(_M.comment_id, _M.user_id).where(_M.comment_id.in_(list(ids))).order_by(_M.user_id)
        for row in self._connection.execute(query):
            found[row.comment_id].append(UserId(row.user_id))
        return {key: tuple(users) for key, users in found.items()}


def _to_comment(row: AnyRow, mentions: tuple[UserId, ...]) -> Comment:
    return Comment(
        id=EntryId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        author_kind=AuthorKind(row.author_kind),
        author_id=None if row.author_id is None else UserId(row.author_id),
        author_name=row.author_name,
        text=row.text,
        mentions=mentions,
        edited_at=row.edited_at,
    )
