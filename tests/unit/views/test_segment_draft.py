"""The rows of the segment builder, before they are a filter."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from desktop_inbox.models.entities.segment import (
    Between,
    Condition,
    DayMonth,
    Group,
    GroupOp,
    Operator,
    Span,
    Unit,
    canonical,
    depth,
)
from desktop_inbox.models.entities.segment_fields import BARE, BUILT_IN, LISTED
from desktop_inbox.views.item_models.segment_draft import (
    LEVELS,
    DraftCondition,
    DraftGroup,
    DraftText,
    draft_of,
)
from desktop_inbox.views.item_models.segment_words import operator_word, unset_words
from desktop_inbox.views.panes.segment_values import ListEditor, ValueEditor, first_value, make_editor
from tests.support.fakes_segments import CATALOGUE
from tests.support.qt import Stage

TODAY = date(2026, 11, 19)
CONDITION = Condition("unread", Operator.IS_TRUE)
NODES = st.recursive(
    st.sampled_from((CONDITION, Condition("name", Operator.HAS, "ann"), Condition("status", Operator.IS, "done"))),
    lambda inside: st.builds(Group, st.sampled_from(GroupOp), st.lists(inside, min_size=1, max_size=3).map(tuple)),
    max_leaves=12,
)


@pytest.mark.row("S3-26")
@given(NODES)
def test_rows_and_texts_together_are_the_filter(node: Group | Condition) -> None:
    group = node if isinstance(node, Group) else Group(GroupOp.ALL, (node,))
    draft = draft_of(group)
    assert canonical(draft.group()) == canonical(group)

    def deepest(one: DraftGroup) -> int:
        return 1 + max((deepest(child) for child in one.children if isinstance(child, DraftGroup)), default=0)

    assert deepest(draft) <= LEVELS
    texts = [child for child in _all(draft) if isinstance(child, DraftText)]
    assert bool(texts) is (depth(group) > LEVELS)


@pytest.mark.row("S3-26")
@given(NODES, st.data())
def test_moving_in_and_out_loses_no_row_and_stays_within_the_levels(node: Group | Condition, data: Any) -> None:
    group = node if isinstance(node, Group) else Group(GroupOp.ALL, (node,))
    draft = draft_of(group)
    before = sorted(str(one.field) for one in draft.conditions())
    for _ in range(6):
        nodes = _all(draft)
        chosen = data.draw(st.sampled_from(nodes))
        getattr(draft, data.draw(st.sampled_from(("indent", "outdent"))))(chosen)
        assert all(draft.level_of(one) <= LEVELS for one in _all(draft) if not isinstance(one, DraftGroup))
        assert all(one.children for one in _all(draft) if isinstance(one, DraftGroup))
    assert sorted(str(one.field) for one in draft.conditions()) == before
    for one in list(draft.conditions()):
        draft.remove(one)
    assert not list(draft.conditions())


def _all(draft: DraftGroup) -> list[Any]:
    found: list[Any] = []
    for child in draft.children:
        found.append(child)
        if isinstance(child, DraftGroup):
            found += _all(child)
    return found


@pytest.mark.row("S3-26")
def test_what_is_not_complete_or_wrong_is_left_out() -> None:
    rows = [
        DraftCondition(),
        DraftCondition("name", Operator.HAS, None),
        DraftCondition("unread", Operator.IS_TRUE, "left over"),
        DraftCondition("message_count", Operator.BETWEEN, Between(1.0, 3.0)),
        DraftCondition("phone", Operator.HAS, "1", error="too short"),
    ]
    group = DraftGroup(GroupOp.ALL, list(rows)).group()
    assert group.children == (CONDITION, Condition("message_count", Operator.BETWEEN, Between(1.0, 3.0)))


@pytest.mark.row("S3-27")
@pytest.mark.parametrize("field", BUILT_IN.values(), ids=lambda field: field.name)
def test_every_field_and_operator_has_words_and_an_editor(stage: Stage, field: Any) -> None:
    shown = CATALOGUE.field(field.name)
    assert shown is not None
    for operator in shown.operators:
        assert operator_word(operator, shown)
        negative = shown.includes_unset(operator)
        assert bool(unset_words(shown, operator)) is negative
        if operator in BARE:
            continue
        value = first_value(shown, operator, TODAY)
        editor = make_editor(shown, operator, value, CATALOGUE, today=TODAY, locale=QLocale.c())
        assert isinstance(editor, ValueEditor)
        assert isinstance(editor, ListEditor) is (operator in LISTED)
        editor.deleteLater()


@pytest.mark.row("S3-27")
def test_editors_tell_values_of_the_right_type(stage: Stage) -> None:
    told: list[Any] = []

    def editor(name: str, operator: Operator, value: Any = None) -> Any:
        field = CATALOGUE.field(name)
        assert field is not None
        made = make_editor(field, operator, value, CATALOGUE, today=TODAY, locale=QLocale.c())
        made.changed.connect(told.append)
        stage.show(made)
        return made

    editor("message_count", Operator.GT).line.setText("2.5")
    editor("name", Operator.HAS).line.setText("ann")
    editor("status", Operator.IS).combo.setCurrentIndex(1)
    editor("assignee", Operator.IS).combo.setCurrentIndex(0)
    editor("created_on", Operator.LAST).count.setValue(3)
    tags = editor("tags", Operator.ANY_OF)
    tags._add_name("patient")
    codes = editor("language", Operator.IN)
    codes.line.setText("en, de")
    codes.line.entered.emit()
    assert told == [2.5, "ann", "done", "me", Span(3, Unit.DAYS), (1,), ("en",), ("en", "de")]
    moment = CATALOGUE.field("created_on")
    assert moment is not None
    assert first_value(moment, Operator.ON, TODAY) == TODAY
    assert first_value(moment, Operator.DAY_MONTH, TODAY) == DayMonth(11, 19)
