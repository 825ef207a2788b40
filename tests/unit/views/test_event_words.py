"""The sentences of events and of steps that can be undone."""

import pytest

from desktop_inbox.models.entities.ids import ConversationId, EntryId, UndoStepId, UserId, first_entry_id
from desktop_inbox.models.entities.timeline import EVENT_KINDS, ActorKind, ConversationEvent, EventCategory
from desktop_inbox.models.entities.undo import UndoStep
from desktop_inbox.views.formats import Formats
from desktop_inbox.views.item_models.event_words import category_word, event_sentence
from desktop_inbox.views.item_models.undo_words import step_sentence
from tests.support.fakes_views import NOW

_DETAILS = {"name": "Spring", "user": "Ben", "title": "Prices", "source": "an advert", "until": "answer"}
_DAYS = {"first": "2026-11-01", "last": "2026-11-07"}
#: Of the contact itself.
_OWN = (
    "contact_renamed", "field_changed", "address_added", "address_removed", "addresses_ordered", "tag_added",
    "tag_removed", "list_joined", "list_left", "opted_in", "opted_out", "contact_merged", "contact_unmerged",
    "consent_sent", "consent_acknowledged", "archived", "restored", "pinned", "unpinned", "priority_changed",
    "blocked", "unblocked", "exported", "undone",
)  # fmt: skip
_STEPS = (
    "tag_added", "tag_removed", "tag_renamed", "tag_deleted", "list_joined", "list_left", "list_renamed",
    "list_deleted", "contact_changed", "field_changed", "field_deleted", "address_added", "address_removed",
    "addresses_ordered", "comment_edited", "comment_deleted",
)  # fmt: skip


def event(kind, actor=ActorKind.USER, **details):
    return ConversationEvent(
        id=EntryId(first_entry_id(NOW)),
        conversation_id=ConversationId(1),
        kind=kind,
        actor_kind=actor,
        actor_name="Ana" if actor is ActorKind.USER else "",
        details=details
        or {
            **_DETAILS,
            "campaign": "Welcome",
            "field": "Level",
            "value": "Gold",
            "address": "+1415",
            "priority": "urgent",
            **_DAYS,
        },
    )


def plain(text):
    return text.replace("\u2068", "").replace("\u2069", "")


@pytest.mark.row("S3-49", "S2-34", "S2-62", "S2-64", "S3-72")
@pytest.mark.parametrize("actor", list(ActorKind))
def test_every_event_has_words_whoever_did_it(actor):
    for kind in [*_OWN, *(kind for kinds in EVENT_KINDS.values() for kind in kinds)]:
        words = plain(event_sentence(event(kind, actor), "Maria"))
        assert words
        assert words != kind.replace("_", " ").capitalize(), kind  # that is shown for kinds nobody knows
        assert "{" not in words
        assert "…" not in words, kind


@pytest.mark.row("S2-62", "S2-63")
def test_what_comes_from_the_channel_reads_as_such():
    assert plain(event_sentence(event("page_changed", ActorKind.CONTACT), "Maria")) == "Maria went to the page Prices"
    assert plain(event_sentence(event("referral", ActorKind.CHANNEL), "Maria")) == "Maria came from an advert"


def test_a_tick_and_an_emptied_field_read_as_such():
    ticked = event("field_changed", field="Newsletter", value="true", before="")
    assert plain(event_sentence(ticked, "Maria")) == "Ana changed Newsletter to yes"
    emptied = event("field_changed", field="Newsletter", value="", before="true")
    assert plain(event_sentence(emptied, "Maria")) == "Ana emptied Newsletter"


@pytest.mark.row("S2-64")
def test_the_eight_categories_have_their_names():
    assert [category_word(category) for category in EventCategory][:8] == [
        "Assignment", "Marked done", "Snooze", "Broadcasts", "Survey", "Bot", "Channel", "Page change"
    ]  # fmt: skip


@pytest.mark.row("F01")
@pytest.mark.parametrize("kind", _STEPS)
def test_every_step_has_words(kind):
    details = {"name": "Maria", "tag": "VIP", "list": "Spring", "field": "Level", "address": "+1415"}
    step = UndoStep(id=UndoStepId(1), user_id=UserId(1), kind=kind, count=1, at=NOW, details=details)
    words = plain(step_sentence(step, Formats(lambda: NOW)))
    assert words
    assert words != kind.replace("_", " ").capitalize()
    assert "{" not in words
    assert "…" not in words
