"""Drip campaigns: dates, replies, opt-outs, and once only, on both databases."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from desktop_inbox.errors import InboxError, InvalidInputError, PermissionDeniedError
from desktop_inbox.models.entities.campaign import CampaignStep, Enrollment, EnrollmentState, StepState
from desktop_inbox.models.entities.channel import ChannelState
from desktop_inbox.models.entities.consent import ConsentMethod
from desktop_inbox.models.entities.contact import OptIn, Scheme
from desktop_inbox.models.entities.message import DeliveryStatus, SenderKind
from desktop_inbox.models.entities.user import Role
from desktop_inbox.services.campaigns import CampaignDraft, CampaignService
from desktop_inbox.services.consent_message import KEY
from desktop_inbox.services.settings import CAMPAIGNS, TIME_ZONE
from desktop_inbox.services.undo import UndoService
from tests.support.campaigns import DAYS, GRACE, SMS, CampaignDesk, no_file
from tests.support.offices import Office
from tests.support.run import run


@pytest.fixture
def desk(office: Office) -> CampaignDesk:
    return CampaignDesk(office)


@pytest.fixture
def lone(sqlite_office: Office) -> CampaignDesk:
    """For rules that no database decides."""
    return CampaignDesk(sqlite_office)


def in_zone(desk: CampaignDesk, name: str) -> None:
    desk.store.run_sync(lambda work: work.settings.set(TIME_ZONE.key, name))


def states(enrollment: Enrollment) -> list[str]:
    return [str(step.state) for step in enrollment.steps]


# -- dates


@pytest.mark.row("S4-57", "S4-58", "S4-59", "S4-64")
def test_messages_leave_after_days_counted_from_the_application(desk: CampaignDesk) -> None:
    grace = desk.person()
    applied = desk.apply(desk.campaign(), grace)
    start = desk.office.clock()
    assert [step.due_at - start for step in applied.steps] == [timedelta(days=n) for n in (1, 3, 5)]
    assert desk.pass_time(days=1, seconds=-1) == 0
    assert desk.pass_time(seconds=1) == 1
    assert [one.text for one in desk.sent(grace)] == ["One day later, Grace"]
    assert desk.pass_time(hours=47, minutes=59) == 0, "the interval was counted from the message before"
    assert desk.pass_time(minutes=1) == 1
    assert desk.pass_time(days=2) == 1
    done = desk.enrollment(applied.id)
    assert (done.state, states(done)) == (EnrollmentState.FINISHED, ["queued"] * 3)
    assert [one.text for one in desk.sent(grace)] == ["One day later, Grace", "Three days later", "Five days later"]
    assert {one.sender_kind for one in desk.sent(grace)} == {SenderKind.CAMPAIGN}


@pytest.mark.row("S4-59")
@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        # An hour before clocks go forward in New York (2026-03-08 02:00) and back (2026-11-01 02:00).
        pytest.param("2026-03-08T06:00", ["2026-03-09T05:00", "2026-03-11T05:00", "2026-03-13T05:00"], id="forward"),
        pytest.param("2026-11-01T05:00", ["2026-11-02T06:00", "2026-11-04T06:00", "2026-11-06T06:00"], id="back"),
        # 02:30 of the day before: the next day has no 02:30, so it is the moment clocks go forward.
        pytest.param("2026-03-07T07:30", ["2026-03-08T07:30", "2026-03-10T06:30", "2026-03-12T06:30"], id="gap"),
    ],
)
def test_days_keep_the_time_on_the_wall_over_a_change_of_the_clocks(
    lone: CampaignDesk, applied: str, expected: list[str]
) -> None:
    in_zone(lone, "America/New_York")
    lone.office.clock.set(datetime.fromisoformat(applied).replace(tzinfo=UTC))
    found = lone.apply(lone.campaign(), lone.person())
    assert [step.due_at.strftime("%Y-%m-%dT%H:%M") for step in found.steps] == expected
    assert found.zone == "America/New_York"


@pytest.mark.row("S4-58")
def test_minutes_and_hours_are_counted_as_they_pass(lone: CampaignDesk) -> None:
    in_zone(lone, "America/New_York")
    lone.office.clock.set(datetime(2026, 3, 8, 6, 30, tzinfo=UTC))  # half an hour before clocks go forward
    steps = (CampaignStep(minutes=30, text="soon"), CampaignStep(minutes=180, text="later"))
    found = lone.apply(lone.campaign(steps), lone.person())
    assert [step.due_at for step in found.steps] == [
        datetime(2026, 3, 8, 7, 0, tzinfo=UTC),
        datetime(2026, 3, 8, 9, 30, tzinfo=UTC),
    ]


@pytest.mark.row("S4-63")
def test_the_preview_has_values_for_variables_and_real_dates(desk: CampaignDesk) -> None:
    grace = desk.person()
    steps = (*DAYS, CampaignStep(days=6, text="To $contact.country on $system.current_date"))
    shown = run(desk.service.preview(steps, desk.office.conversation_of(grace)))
    start = desk.office.clock()
    assert [one.due_at for one in shown.steps] == [start + timedelta(days=n) for n in (1, 3, 5, 6)]
    assert shown.steps[0].text == "One day later, Grace"
    assert shown.steps[3].text == f"To $contact.country on {start + timedelta(days=6):%Y-%m-%d}"
    assert shown.steps[3].unresolved == ("$contact.country",)


# -- replies


@pytest.mark.row("S4-60", "S4-61", "C13", "D-05")
def test_a_reply_cancels_what_was_not_sent_and_keeps_it_as_evidence(desk: CampaignDesk) -> None:
    grace = desk.person()
    key = desk.apply(desk.campaign(), grace).id
    desk.pass_time(days=1)
    desk.says("Thank you!")
    ended = desk.enrollment(key)
    assert (ended.state, ended.cause) == (EnrollmentState.REPLIED, "contact_replied")
    assert [step.reason for step in ended.steps[1:]] == ["contact_replied"] * 2
    assert states(ended) == ["queued", "cancelled", "cancelled"]
    (message,) = desk.sent(grace)
    assert (message.status, message.error_code) == (DeliveryStatus.CANCELLED, "contact_replied"), "it waited to leave"
    assert desk.pass_time(days=10) == 0
    assert len(desk.sent(grace)) == 1
    assert desk.events(grace) == [
        ("campaign_applied", {"campaign": "Welcome", "messages": "3"}),
        ("campaign_stopped", {"campaign": "Welcome", "cause": "contact_replied"}),
    ]


@pytest.mark.row("S4-60", "S4-61")
def test_a_reply_to_the_last_message_takes_it_back_while_it_waits(desk: CampaignDesk) -> None:
    grace = desk.person()
    key = desk.apply(desk.campaign((CampaignStep(minutes=5, text="only"),)), grace).id
    desk.pass_time(minutes=5)
    assert desk.enrollment(key).state is EnrollmentState.FINISHED
    desk.says("Too late?")
    assert desk.enrollment(key).state is EnrollmentState.REPLIED
    assert [one.status for one in desk.sent(grace)] == [DeliveryStatus.CANCELLED]


@pytest.mark.row("S4-60")
def test_a_message_that_was_claimed_but_not_begun_is_taken_back_too(desk: CampaignDesk) -> None:
    grace = desk.person()
    desk.apply(desk.campaign((CampaignStep(minutes=5, text="only"),)), grace)
    desk.pass_time(minutes=5)
    now = desk.office.clock()

    def claim(work: object) -> int:
        claimed = work.outbox.claim(  # type: ignore[attr-defined]
            [desk.office.channel.id],
            owner="another",
            at=now,
            until=now + timedelta(minutes=1),
            settled=now - timedelta(minutes=3),
            limit=5,
        )
        return len(claimed)

    assert desk.store.run_sync(claim) == 1
    desk.says("Wait")
    assert [one.status for one in desk.sent(grace)] == [DeliveryStatus.CANCELLED]
    assert desk.store.read_sync(lambda work: work.outbox.disagreements()) == ()


@pytest.mark.row("S4-60")
def test_any_channel_and_any_address_of_the_contact_counts(desk: CampaignDesk) -> None:
    grace = desk.person()
    other = "grace@example.org"
    desk.store.run_sync(lambda work: work.contacts.add_address(grace.id, Scheme.EMAIL, other))
    key = desk.apply(desk.campaign(), grace).id
    desk.says("By e-mail", other, scheme=Scheme.EMAIL)
    assert desk.enrollment(key).state is EnrollmentState.REPLIED


@pytest.mark.row("S4-60")
def test_what_somebody_else_writes_and_old_history_stop_nothing(desk: CampaignDesk) -> None:
    grace = desk.person()
    desk.person("+14155550149", first_name="Ada")
    key = desk.apply(desk.campaign(), grace).id
    desk.says("Hello", "+14155550149")
    desk.says("Years ago", occurred_at=desk.office.clock() - timedelta(days=400))
    assert desk.enrollment(key).state is EnrollmentState.ACTIVE


@pytest.mark.row("S4-60", "S4-64")
def test_a_contact_who_was_merged_into_another_still_stops_it(desk: CampaignDesk) -> None:
    old, kept = desk.person(), desk.person("+14155550149", first_name="Ada")
    campaign = desk.campaign()
    key = desk.apply(campaign, old).id
    desk.store.run_sync(
        lambda work: work.merges.merge(kept.id, old.id, user_id=desk.office.user.id, reason="the same person")
    )
    with pytest.raises(InvalidInputError, match="under way"):
        desk.apply(campaign, kept)
    assert desk.pass_time(days=1) == 1
    assert [one.text for one in desk.sent(kept)] == ["One day later, Ada"]
    desk.says("It is me", GRACE)
    assert desk.enrollment(key).state is EnrollmentState.REPLIED


# -- applying


@pytest.mark.row("S4-64")
def test_applying_twice_is_refused_while_it_is_under_way(desk: CampaignDesk) -> None:
    grace, campaign = desk.person(), desk.campaign()
    desk.apply(campaign, grace)
    with pytest.raises(InvalidInputError, match="under way") as refused:
        desk.apply(campaign, grace)
    assert refused.value.code == "campaign.under_way"
    desk.says("Hi")
    assert desk.apply(campaign, grace).state is EnrollmentState.ACTIVE, "once it ended it can be applied again"


@pytest.mark.row("S4-65")
def test_the_switch_decides_who_may_apply(desk: CampaignDesk) -> None:
    grace, campaign = desk.person(), desk.campaign()
    agent = desk.store.run_sync(lambda work: work.users.add("Sam", Role.AGENT))
    theirs = CampaignService(
        desk.store, user_id=agent.id, enqueue=desk.enqueue, capabilities=lambda _channel: SMS, file_of=no_file
    )
    desk.store.run_sync(lambda work: work.settings.set(CAMPAIGNS.key, "administrators"))
    assert (run(desk.service.may_apply()), run(theirs.may_apply())) == (True, False)
    with pytest.raises(PermissionDeniedError):
        run(theirs.save(CampaignDraft(name="Mine", steps=DAYS)))
    desk.apply(campaign, grace)
    desk.store.run_sync(lambda work: work.settings.set(CAMPAIGNS.key, "nobody"))
    with pytest.raises(PermissionDeniedError):
        desk.apply(campaign, desk.person("+14155550149"))
    assert desk.pass_time(days=1) == 1, "what is under way goes on"


@pytest.mark.row("S4-66", "S4-11", "S4-09", "P7")
def test_nobody_who_opted_out_gets_one_at_the_application_or_later(desk: CampaignDesk) -> None:
    grace, ada = desk.person(), desk.person("+14155550149", first_name="Ada")
    campaign = desk.campaign()
    desk.says("STOP", "+14155550149")
    with pytest.raises(InvalidInputError, match="opted out") as refused:
        desk.apply(campaign, ada)
    assert refused.value.code == "campaign.opted_out"
    key = desk.apply(campaign, grace).id
    desk.pass_time(days=1)
    desk.says("STOP")
    ended = desk.enrollment(key)
    assert (ended.state, ended.cause) == (EnrollmentState.OPTED_OUT, "opted_out")
    drips = [one for one in desk.sent(grace) if one.sender_kind is SenderKind.CAMPAIGN]
    assert [one.status for one in drips] == [DeliveryStatus.BLOCKED]
    assert desk.pass_time(days=10) == 0


@pytest.mark.row("S4-66", "P7")
@pytest.mark.parametrize("way", ["by hand", "import", "provider"])
def test_every_way_of_opting_out_ends_it(desk: CampaignDesk, way: str) -> None:
    grace = desk.person()
    key = desk.apply(desk.campaign(), grace).id
    method = {"by hand": ConsentMethod.MANUAL, "import": ConsentMethod.IMPORT, "provider": ConsentMethod.PROVIDER}[way]
    desk.store.run_sync(lambda work: work.consent.record(grace.id, OptIn.OPTED_OUT, method=method, wording="said so"))
    assert desk.enrollment(key).state is EnrollmentState.OPTED_OUT
    assert desk.pass_time(days=10) == 0


@pytest.mark.row("S4-66")
def test_the_gate_is_asked_again_at_each_message(desk: CampaignDesk) -> None:
    """An opt-out that no line of ours noticed, such as one a database administrator wrote."""
    grace = desk.person()
    key = desk.apply(desk.campaign(), grace).id
    desk.store.run_sync(lambda work: work.contacts.change_address(grace.addresses[0].id, opt_in=OptIn.OPTED_OUT))
    desk.pass_time(days=1)
    assert desk.sent(grace) == []
    assert desk.enrollment(key).state is EnrollmentState.OPTED_OUT


@pytest.mark.row("S4-62", "S4-10")
def test_many_get_it_in_chunks_and_the_others_are_listed_with_reasons(desk: CampaignDesk) -> None:
    people = [desk.person(f"+1415555{number:04d}", first_name=f"P{number}") for number in range(450)]
    campaign = desk.campaign()
    for one in people[:2]:
        desk.says("STOP", one.addresses[0].path)
    desk.apply(campaign, people[2])
    unreachable = desk.office.contact("ada@example.org", scheme=Scheme.EMAIL)
    ids = [*(one.id for one in people), unreachable.id]
    channel = desk.office.channel.id
    seen: list[tuple[int, int]] = []
    tried = run(desk.service.dry_run(campaign.id, ids, channel_id=channel))
    assert len(run(desk.service.enrollments(campaign.id, limit=1000))) == 1, "a dry run stores nothing"
    done = run(
        desk.service.apply_to(
            campaign.id, ids, channel_id=channel, progress=lambda part, whole: seen.append((part, whole))
        )
    )
    assert tried == done
    assert (done.applied, done.left_out, done.total) == (447, 4, 451)
    assert done.reasons() == {
        "This contact opted out of messages.": 2,
        "The channel does not reach this contact.": 1,
        "This campaign is under way with this contact.": 1,
    }
    assert seen[-1] == (451, 451)
    assert len(seen) > 1
    numbers = run(desk.service.get(campaign.id)).numbers
    assert (numbers.applied, numbers.active) == (448, 448)
    again = run(desk.service.apply_to(campaign.id, ids, channel_id=channel))
    assert again.applied == 0
    assert desk.pass_time(days=1) == 448


def test_applying_to_many_stops_when_it_is_cancelled(lone: CampaignDesk) -> None:
    people = [lone.person(f"+1415555{number:04d}") for number in range(450)]
    campaign = lone.campaign()
    done = run(
        lone.service.apply_to(
            campaign.id, [one.id for one in people], channel_id=lone.office.channel.id, cancelled=lambda: True
        )
    )
    assert (done.applied, done.total) == (200, 450)


# -- by hand, edits, switches


@pytest.mark.row("S4-61")
def test_stopping_by_hand_takes_back_what_waits_in_the_outbox(desk: CampaignDesk) -> None:
    grace = desk.person()
    key = desk.apply(desk.campaign(), grace).id
    desk.pass_time(days=1)
    assert run(desk.service.stop([key])) == 1
    assert run(desk.service.stop([key])) == 0
    ended = desk.enrollment(key)
    assert (ended.state, ended.cause) == (EnrollmentState.CANCELLED, "stopped_by_hand")
    assert [one.status for one in desk.sent(grace)] == [DeliveryStatus.CANCELLED]


@pytest.mark.row("S4-57")
def test_those_who_get_a_campaign_are_found_by_name_and_number(desk: CampaignDesk) -> None:
    campaign = desk.campaign()
    for path, name in ((GRACE, "Grâce"), ("+14155559001", "Ada"), ("+14155559002", "Ada 100%")):
        desk.apply(campaign, desk.person(path, first_name=name))
    found = {
        text: [one.contact_name for one in run(desk.service.enrollments(campaign.id, text=text))]
        for text in ("", "GRACE", "415 9001", "ada 900", "100%", "a_a", "x")
    }
    assert found == {
        "": ["Ada 100%", "Ada", "Grâce"], "GRACE": ["Grâce"], "415 9001": ["Ada"], "ada 900": ["Ada 100%", "Ada"],
        "100%": ["Ada 100%"], "a_a": [], "x": [],
    }  # fmt: skip


@pytest.mark.row("S4-61", "S4-22")
def test_stopping_by_hand_takes_the_consent_message_back_too(desk: CampaignDesk) -> None:
    desk.store.run_sync(lambda work: work.settings.set(KEY, {"required": True, "text": "Orchard. Reply STOP to end."}))
    grace = desk.person()
    key = desk.apply(desk.campaign(), grace).id
    desk.pass_time(days=1)
    assert [one.sender_kind for one in desk.sent(grace)] == [SenderKind.CONSENT, SenderKind.CAMPAIGN]
    run(desk.service.stop([key]))
    assert [one.status for one in desk.sent(grace)] == [DeliveryStatus.CANCELLED] * 2


@pytest.mark.row("S4-57")
def test_an_edit_changes_texts_that_were_not_sent_and_never_dates(desk: CampaignDesk) -> None:
    grace = desk.person()
    campaign = desk.campaign()
    applied = desk.apply(campaign, grace)
    first, second, _third = campaign.steps
    steps = (
        CampaignStep(id=first.id, days=2, text="Edited, $contact.firstname"),
        CampaignStep(id=second.id, days=3, text="Three"),
        CampaignStep(days=4, text="New"),
    )
    run(desk.service.save(CampaignDraft(name="Welcome 2", steps=steps), campaign_id=campaign.id))
    now = desk.enrollment(applied.id)
    assert [step.due_at for step in now.steps] == [step.due_at for step in applied.steps]
    assert states(now) == ["waiting", "waiting", "skipped"]
    assert desk.pass_time(days=1) == 1
    assert [one.text for one in desk.sent(grace)] == ["Edited, Grace"]
    assert [step.text for step in run(desk.service.get(campaign.id)).steps] == [
        "Edited, $contact.firstname",
        "Three",
        "New",
    ]
    desk.pass_time(days=2)
    assert desk.enrollment(applied.id).state is EnrollmentState.FINISHED


@pytest.mark.row("S4-57")
def test_an_edit_can_be_undone(desk: CampaignDesk) -> None:
    campaign = desk.campaign()
    run(desk.service.save(CampaignDraft(name="Other", steps=DAYS[:1]), campaign_id=campaign.id))
    step = desk.store.read_sync(lambda work: work.undo.last(desk.office.user.id))
    assert step is not None
    assert step.kind == "campaign_changed"


@pytest.mark.row("S4-57", "S4-64")
@pytest.mark.parametrize("days", [1, 4])
def test_undoing_an_edit_takes_a_message_out_and_keeps_what_was_sent(desk: CampaignDesk, days: int) -> None:
    campaign = desk.campaign(DAYS[:1])
    longer = CampaignDraft(name="Welcome", steps=(*campaign.steps, DAYS[1]))
    longer_one = run(desk.service.save(longer, campaign_id=campaign.id))
    grace = desk.person()
    key = desk.apply(longer_one, grace).id
    for _ in range(days):
        desk.pass_time(days=1)

    run(UndoService(desk.store, user_id=desk.office.user.id).undo_last())
    assert len(run(desk.service.get(campaign.id)).steps) == 1
    desk.pass_time(days=9)
    known = desk.enrollment(key)
    assert known.state is EnrollmentState.FINISHED
    assert [one.state for one in known.steps] == [
        StepState.QUEUED,
        StepState.QUEUED if days == 4 else StepState.SKIPPED,
    ]
    assert len(desk.sent(grace)) == (2 if days == 4 else 1)
    desk.apply(run(desk.service.get(campaign.id)), grace)  # nothing is under way any more


@pytest.mark.row("S4-57")
@pytest.mark.parametrize(
    "draft",
    [
        CampaignDraft(name="", steps=DAYS),
        CampaignDraft(name="No message", steps=()),
        CampaignDraft(name="Empty", steps=(CampaignStep(days=1, text=" "),)),
        CampaignDraft(name="Too far", steps=(CampaignStep(days=4000, text="x"),)),
        CampaignDraft(name="welcome", steps=DAYS),
    ],
)
def test_what_is_no_campaign_is_refused_with_a_sentence(lone: CampaignDesk, draft: CampaignDraft) -> None:
    lone.campaign()
    with pytest.raises(InvalidInputError) as refused:
        run(lone.service.save(draft))
    assert refused.value.message
    assert refused.value.hint


def test_deleting_stops_what_is_under_way(desk: CampaignDesk) -> None:
    grace, campaign = desk.person(), desk.campaign()
    desk.apply(campaign, grace)
    desk.pass_time(days=1)
    run(desk.service.delete(campaign.id))
    with pytest.raises(InboxError):
        run(desk.service.get(campaign.id))
    assert [one.status for one in desk.sent(grace)] == [DeliveryStatus.CANCELLED]
    assert desk.events(grace)[-1] == ("campaign_stopped", {"campaign": "Welcome", "cause": "campaign_deleted"})
    assert desk.pass_time(days=10) == 0


# -- late, and once


@pytest.mark.row("D-05", "S4-61")
def test_what_was_missed_is_sent_when_it_is_a_little_late_and_asks_after_that(desk: CampaignDesk) -> None:
    grace = desk.person()
    key = desk.apply(desk.campaign(), grace).id
    assert desk.pass_time(days=1, hours=5, minutes=59) == 1
    desk.pass_time(days=2, minutes=2)  # the second was due 6:01 ago
    late = desk.enrollment(key)
    assert states(late) == ["queued", "asking", "waiting"]
    assert len(desk.sent(grace)) == 1
    assert run(desk.service.get(late.campaign_id)).numbers.asking == 1
    assert run(desk.service.send_missed(key)) == 1
    assert desk.pass_time(seconds=1) == 1
    assert [one.text for one in desk.sent(grace)][-1] == "Three days later"


def test_what_was_missed_can_be_left_out(lone: CampaignDesk) -> None:
    key = lone.apply(lone.campaign(DAYS[:1]), lone.person()).id
    lone.pass_time(days=2)
    assert states(lone.enrollment(key)) == ["asking"]
    assert run(lone.service.skip_missed(key)) == 1
    assert (states(lone.enrollment(key)), lone.enrollment(key).state) == (["skipped"], EnrollmentState.FINISHED)


def test_a_message_waits_for_a_channel_that_is_paused(desk: CampaignDesk) -> None:
    grace = desk.person()
    key = desk.apply(desk.campaign(DAYS[:1]), grace).id
    channel = desk.office.channel.id
    desk.store.run_sync(lambda work: work.channels.change(channel, state=ChannelState.PAUSED, state_reason="holiday"))
    assert desk.pass_time(days=1) == 0
    assert states(desk.enrollment(key)) == ["waiting"]
    desk.store.run_sync(lambda work: work.channels.change(channel, state=ChannelState.ACTIVE, state_reason=""))
    assert desk.pass_time(hours=1) == 1


@pytest.mark.row("S4-57", "P9")
def test_several_computers_send_each_message_once(office: Office) -> None:
    first = CampaignDesk(office)
    people = [first.person(f"+1415555{number:04d}") for number in range(300)]
    campaign = first.campaign(DAYS[:1])
    run(first.service.apply_to(campaign.id, [one.id for one in people], channel_id=office.channel.id))
    desks = [first, *(CampaignDesk(office, office.another_store()) for _ in range(3))]
    office.clock.advance(timedelta(days=1))
    counts: list[int] = []
    threads = [threading.Thread(target=lambda one=one: counts.append(run(one.drips.run()))) for one in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 300, counts
    assert [len(first.sent(one)) for one in people] == [1] * 300
    assert all(one.state is EnrollmentState.FINISHED for one in run(first.service.enrollments(campaign.id, limit=500)))


@pytest.mark.row("P7", "S4-60", "S4-66")
def test_replies_and_opt_outs_that_race_with_what_is_due_lose_nothing(office: Office) -> None:
    """Whoever comes first: afterwards nothing of a contact who wrote waits to leave, in any table."""
    first = CampaignDesk(office)
    people = [first.person(f"+1415555{number:04d}") for number in range(120)]
    campaign = first.campaign((CampaignStep(minutes=5, text="now"), CampaignStep(days=1, text="tomorrow")))
    run(first.service.apply_to(campaign.id, [one.id for one in people], channel_id=office.channel.id))
    office.clock.advance(timedelta(minutes=5))
    writers = [CampaignDesk(office, office.another_store()) for _ in range(2)]

    def write(desk: CampaignDesk, some: list[str], text: str) -> None:
        for path in some:
            desk.says(text, path)

    paths = [one.addresses[0].path for one in people]
    threads = [
        threading.Thread(target=lambda: run(first.drips.run())),
        threading.Thread(target=write, args=(writers[0], paths[::2], "STOP")),
        threading.Thread(target=write, args=(writers[1], paths[1::2], "Hello")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.clock.advance(timedelta(days=2))
    run(first.drips.run())
    for one in people:
        drips = [message for message in first.sent(one) if message.sender_kind is SenderKind.CAMPAIGN]
        assert all(message.status in (DeliveryStatus.CANCELLED, DeliveryStatus.BLOCKED) for message in drips)
    ended = run(first.service.enrollments(campaign.id, limit=500))
    assert {one.state for one in ended} <= {EnrollmentState.OPTED_OUT, EnrollmentState.REPLIED}
    assert all(step.state is not StepState.WAITING for one in ended for step in one.steps)


@pytest.mark.row("S4-57")
def test_a_file_of_a_campaign_outlives_the_conversation_it_was_sent_in(desk: CampaignDesk) -> None:
    used, other = "a" * 64, "b" * 64
    file = {"sha256": used, "media_type": "image/png", "size": 3, "name": "a.png", "width": 1, "height": 1}
    desk.campaign((CampaignStep(days=1, text="Look", files=(file,)),))
    unused = desk.store.run_sync(lambda work: work.deletions._unused([used, other]))
    assert unused == (other,)
