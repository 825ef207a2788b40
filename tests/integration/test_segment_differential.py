"""What SQL finds is what the evaluator finds, for random filters over random contacts, on both databases."""

import random

import pytest

from desktop_inbox.models.entities.ids import ContactId, ConversationId, UserId
from desktop_inbox.models.entities.segment import Group, GroupOp
from desktop_inbox.models.segment_context import Context
from desktop_inbox.models.segment_facts import ContactFacts
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.segment_match import Matcher, fields_of, matches
from desktop_inbox.services.segment_print import print_segment
from tests.support.clock import HeldClock
from tests.support.segments import NOW, ZONE, Filters, Population


class Twin:
    """One office, asked both ways."""

    def __init__(self, store: Store, seed: int, contacts: int) -> None:
        self.store, self.random = store, random.Random(seed)
        made = store.run_sync(lambda work: Population(work, self.random, contacts).write())
        self.contacts = [ContactId(key) for key in made.contacts]
        self._save_segments()
        self.context = store.read_sync(lambda work: work.segments.context(zone=ZONE, me=UserId(3)))
        self.filters = Filters(self.random, self.context.catalogue)
        every = frozenset(self.context.catalogue.fields)
        self.facts = store.read_sync(lambda work: work.facts.of(self.contacts, every, self.context))

    def _save_segments(self) -> None:
        catalogue = self.store.read_sync(lambda work: work.segments.catalogue())
        filters = Filters(self.random, catalogue)

        def save(work: Work) -> None:
            for number in range(4):
                group = filters.group(size=3, level=2)
                work.segments.add(f"S{number}", group, shared=True, pinned=True, created_by=UserId(1))

        self.store.run_sync(save)

    def compare(self, work: Work, group: Group) -> None:
        told = print_segment(group, self.context.catalogue)
        matcher = Matcher(group, self.context)
        expected = [facts for facts in self.facts if matcher.holds(facts)]
        found = work.segment_pages.contacts(group, self.context)
        assert found == tuple(facts.contact_id for facts in expected), told
        spoken = {ConversationId(facts.contact_id + 1000) for facts in expected if facts.of("status")}
        assert set(work.segment_pages.ids(group, self.context)) == spoken, told


def _compare(store: Store, clock: HeldClock, *, filters: int, contacts: int, seed: int) -> None:
    clock.set(NOW)
    twin = Twin(store, seed, contacts)

    def ask(work: Work) -> None:
        for field in twin.context.catalogue.fields.values():  # each operator of each field alone
            for operator in field.operators:
                twin.compare(work, Group(GroupOp.ALL, (twin.filters.asked(field, operator),)))
        for _ in range(filters):
            twin.compare(work, twin.filters.group())

    store.read_sync(ask)


@pytest.mark.row("SEG-7", "SEG-1", "SEG-2")
def test_sql_and_evaluator_agree(store: Store, clock: HeldClock) -> None:
    _compare(store, clock, filters=300, contacts=200, seed=20_260_330)


@pytest.mark.chaos
@pytest.mark.timeout(7200)
@pytest.mark.row("SEG-7")
def test_sql_and_evaluator_agree_at_length(store: Store, clock: HeldClock) -> None:
    _compare(store, clock, filters=20_000, contacts=500, seed=7)


def test_facts_are_only_read_where_they_are_asked_for(store: Store, clock: HeldClock) -> None:
    clock.set(NOW)
    twin = Twin(store, 5, 30)
    group = Group(GroupOp.ALL, (twin.filters.condition(), twin.filters.condition()))

    def read(work: Work) -> tuple[ContactFacts, ...]:
        return work.facts.of(twin.contacts, fields_of(group, twin.context), twin.context)

    context: Context = twin.context
    for few, all_of_them in zip(store.read_sync(read), twin.facts, strict=True):
        assert matches(group, few, context) == matches(group, all_of_them, context)
