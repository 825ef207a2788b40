"""The filter of the segment builder while it is put together: rows that may be incomplete, in groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from desktop_inbox.models.entities.segment import Between, Condition, Group, GroupOp, Node, Operator, Value
from desktop_inbox.models.entities.segment_fields import BARE

#: Groups inside each other that the builder shows as rows; what lies deeper it shows as text.
LEVELS: Final = 3


@dataclass(eq=False)
class DraftCondition:
    """One row; ``error`` is what is wrong with it."""

    field: str = ""
    operator: Operator | None = None
    value: Value = None
    error: str = ""

    @property
    def complete(self) -> bool:
        """Whether it asks something already."""
        if not self.field or self.operator is None:
            return False
        if self.operator in BARE:
            return True
        if isinstance(self.value, Between):
            return self.value.low not in (None, "") and self.value.high not in (None, "")
        return self.value is not None and self.value not in ("", ())

    def condition(self) -> Condition:
        """Return it as a condition; it must be complete."""
        assert self.operator is not None  # noqa: S101 - complete
        return Condition(self.field, self.operator, None if self.operator in BARE else self.value)


@dataclass(eq=False)
class DraftText:
    """A part that lies too deep for rows; changed as text only."""

    node: Group


@dataclass(eq=False)
class DraftGroup:
    """Rows and groups that belong together."""

    op: GroupOp = GroupOp.ALL
    children: list[DraftNode] = field(default_factory=list)

    def group(self) -> Group:
        """Return what is complete of it."""
        return Group(self.op, tuple(_nodes(self.children)))

    def conditions(self) -> Iterator[DraftCondition]:
        """Yield every row, in order."""
        for child in self.children:
            if isinstance(child, DraftCondition):
                yield child
            elif isinstance(child, DraftGroup):
                yield from child.conditions()

    def parent_of(self, node: DraftNode) -> DraftGroup | None:
        """Return the group that holds ``node``."""
        if any(child is node for child in self.children):
            return self
        for child in self.children:
            if isinstance(child, DraftGroup):
                found = child.parent_of(node)
                if found is not None:
                    return found
        return None

    def level_of(self, node: DraftNode) -> int:
        """Return in how many groups ``node`` lies, this one included."""
        level, here = 0, self.parent_of(node)
        while here is not None:
            level, here = level + 1, self.parent_of(here)
        return level

    # -- changing

    def add_after(self, node: DraftNode | None, new: DraftNode) -> None:
        """Put something after ``node``, or at the end."""
        home = self.parent_of(node) if node is not None else None
        if home is None or node is None:
            self.children.append(new)
        else:
            home.children.insert(_place(home, node) + 1, new)

    def remove(self, node: DraftNode) -> DraftNode | None:
        """Take something out; groups that this empties go as well. Returns what takes its place, None for nothing."""
        home = self.parent_of(node)
        if home is None:
            return None
        at = _place(home, node)
        del home.children[at]
        if not home.children and home is not self:
            return self.remove(home)
        return home.children[min(at, len(home.children) - 1)] if home.children else None

    def indent(self, node: DraftNode) -> bool:
        """Put a row into the group above it, or into one of its own; False where that would lie too deep."""
        home = self.parent_of(node)
        depth = _depth(node) if isinstance(node, DraftGroup) else 0
        if home is None or self.level_of(node) + depth >= LEVELS:
            return False
        at = _place(home, node)
        before = home.children[at - 1] if at > 0 else None
        if isinstance(before, DraftGroup):
            del home.children[at]
            before.children.append(node)
        else:
            op = GroupOp.ANY if home.op is GroupOp.ALL else GroupOp.ALL
            home.children[at] = DraftGroup(op, [node])
        return True

    def outdent(self, node: DraftNode) -> bool:
        """Take a row out of its group, to stand after it; False at the outermost."""
        home = self.parent_of(node)
        outer = self.parent_of(home) if home is not None else None
        if home is None or outer is None:
            return False
        outer.children.insert(_place(outer, home) + 1, node)
        del home.children[_place(home, node)]
        if not home.children:
            del outer.children[_place(outer, home)]
        return True


DraftNode: TypeAlias = DraftCondition | DraftGroup | DraftText


def draft_of(group: Group, *, level: int = 1) -> DraftGroup:
    """Return a filter as rows; what lies deeper than ``LEVELS`` stays text."""
    made: list[DraftNode] = []
    for child in group.children:
        if isinstance(child, Condition):
            made.append(DraftCondition(child.field, child.operator, child.value))
        elif level >= LEVELS:
            made.append(DraftText(child))
        else:
            made.append(draft_of(child, level=level + 1))
    return DraftGroup(group.op, made)


def _nodes(children: list[DraftNode]) -> Iterator[Node]:
    for child in children:
        if isinstance(child, DraftText):
            yield child.node
        elif isinstance(child, DraftGroup):
            group = child.group()
            if group.children:
                yield group
        elif child.complete and not child.error:
            yield child.condition()


def _place(group: DraftGroup, node: DraftNode) -> int:
    return next(place for place, child in enumerate(group.children) if child is node)


def _depth(group: DraftGroup) -> int:
    return 1 + max((_depth(child) for child in group.children if isinstance(child, DraftGroup)), default=0)
