"""The database fixtures."""

from collections.abc import Callable

from sqlalchemy import text

from desktop_inbox.models.store import Store


def test_each_test_gets_a_database_of_its_own(store: Store) -> None:
    def count(work: object) -> object:
        return work.connection.execute(text("SELECT count(*) FROM contacts")).scalar()  # type: ignore[attr-defined]

    assert store.read_sync(count) == 0


def test_two_stores_share_a_database(open_store: Callable[..., Store], store: Store) -> None:
    other = open_store()
    assert other.instance != store.instance
    assert other.dialect == store.dialect
