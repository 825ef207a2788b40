"""Offices for tests: a migrated store with one channel, on SQLite and PostgreSQL alike."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from desktop_inbox.events import Event
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.contact import Contact, Scheme
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.models.store import Store
from tests.support.clock import HeldClock


@dataclass(kw_only=True)
class Office:
    """A store, its clock, what it announced, a user and one channel."""

    url: str
    store: Store
    clock: HeldClock
    user: User
    channel: Channel
    heard: list[Event] = field(default_factory=list)
    _opened: list[Store] = field(default_factory=list)

    def another_store(self) -> Store:
        """The same database as another desktop sees it; closed with the office."""
        store = Store.open(self.url, clock=self.clock)
        self._opened.append(store)
        return store

    def contact(self, path: str = "+14155550148", *, first_name: str = "", scheme: Scheme = Scheme.TEL) -> Contact:
        """Add a contact with one address."""
        return self.store.run_sync(lambda work: work.contacts.add([(scheme, path)], first_name=first_name))

    def conversation_of(self, contact: Contact) -> ConversationId:
        return self.store.run_sync(lambda work: work.conversations.of_contact(contact.id))

    def heard_kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.heard]

    def close(self) -> None:
        for store in (*self._opened, self.store):
            store.close()


def open_office(url: str, *, clock: HeldClock | None = None) -> Office:
    """Open an office on a fresh database."""
    clock = clock or HeldClock()
    heard: list[Event] = []
    store = Store.open(url, clock=clock, publish=heard.append)
    user = store.run_sync(lambda work: work.users.add("Dana Reyes", Role.ADMINISTRATOR))
    channel = store.run_sync(
        lambda work: work.channels.add(
            kind="simulator", name="Front desk", address="+14155550100", settings={"network": "sms"}
        )
    )
    heard.clear()
    return Office(url=url, store=store, clock=clock, user=user, channel=channel, heard=heard)


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """An empty office with one channel; each test runs on both databases."""
    opened = open_office(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_office(sqlite_url: str) -> Iterator[Office]:
    """The same on SQLite only, for rules that no database decides."""
    opened = open_office(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def postgres_office(postgres_url: str) -> Iterator[Office]:
    """The same on PostgreSQL only, for what needs several writers."""
    opened = open_office(postgres_url)
    yield opened
    opened.close()
