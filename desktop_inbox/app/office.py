"""Office: the store and every service of one profile, without a window."""

import asyncio
import contextlib
import getpass
import logging
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from desktop_inbox.clock import Clock, now
from desktop_inbox.config import Config
from desktop_inbox.errors import InboxError
from desktop_inbox.events import BatchChanged, EventBus, MessageStatusChanged, ProblemFound
from desktop_inbox.models.entities.channel import Channel
from desktop_inbox.models.entities.user import Role, User
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.activity import ActivityService
from desktop_inbox.services.attachment_files import AttachmentFolder
from desktop_inbox.services.attachments import AttachmentService
from desktop_inbox.services.automatic_answers import AutomaticAnswers
from desktop_inbox.services.backup import BackupService
from desktop_inbox.services.batch_job import BatchJob
from desktop_inbox.services.blocked_terms import BlockedTermService
from desktop_inbox.services.blocked_time import BlockedTimeService
from desktop_inbox.services.broadcasts import BroadcastService
from desktop_inbox.services.campaigns import CampaignService
from desktop_inbox.services.channels import ChannelService
from desktop_inbox.services.comments import CommentService
from desktop_inbox.services.consent_message import ConsentMessageService
from desktop_inbox.services.contact_directory import ContactDirectory
from desktop_inbox.services.contacts import ContactService
from desktop_inbox.services.conversation_export import ConversationExportService
from desktop_inbox.services.custom_fields import CustomFieldService
from desktop_inbox.services.deletion import DeletionService
from desktop_inbox.services.dispatcher import Dispatcher
from desktop_inbox.services.drips import Drips
from desktop_inbox.services.enqueue import Enqueue
from desktop_inbox.services.error_log import ErrorLogService
from desktop_inbox.services.export import ExportService
from desktop_inbox.services.feed import Feed
from desktop_inbox.services.folders import FolderService
from desktop_inbox.services.gate import Gate
from desktop_inbox.services.inbound import InboundService
from desktop_inbox.services.inbox import InboxService
from desktop_inbox.services.journal import Journal
from desktop_inbox.services.labels import LabelService
from desktop_inbox.services.offline import OfflineService
from desktop_inbox.services.outbox import OutboxService
from desktop_inbox.services.pause import SendingPause
from desktop_inbox.services.people import PeopleService
from desktop_inbox.services.provider_pool import ProviderPool, building
from desktop_inbox.services.providers.registry import provider_class
from desktop_inbox.services.readiness import Readiness
from desktop_inbox.services.receipt_questions import ReceiptQuestions
from desktop_inbox.services.reminders import ReminderJob, ReminderService
from desktop_inbox.services.reports import ReportService
from desktop_inbox.services.resend import ResendService
from desktop_inbox.services.schedule_runs import ScheduleRuns, firing_schedules
from desktop_inbox.services.scheduler import Scheduler, ending_snoozes
from desktop_inbox.services.schedules import ScheduleService, making_batches
from desktop_inbox.services.search import SearchService
from desktop_inbox.services.secrets import SecretStore, secret_name
from desktop_inbox.services.segments import SegmentService
from desktop_inbox.services.sending import Sending
from desktop_inbox.services.settings import (
    DEFAULT_REGION,
    MASK_NUMBERS,
    NOTES_SHOWN,
    TIME_ZONE,
    WRITING_ENDS_SNOOZE,
    SettingsService,
)
from desktop_inbox.services.snippets import SnippetService
from desktop_inbox.services.state import StateService
from desktop_inbox.services.sync import SyncService
from desktop_inbox.services.tags import TagService
from desktop_inbox.services.teams import TeamService
from desktop_inbox.services.tracking import TrackingService
from desktop_inbox.services.undo import UndoService
from desktop_inbox.services.users import UserService
from desktop_inbox.services.variables import VariableService
from desktop_inbox.services.verify import VerifyService

_log = logging.getLogger(__name__)
_CATCH_UP_SECONDS = 20.0
_HOUSEKEEPING_SECONDS = 3600.0
_INSTANCE = re.compile("[0-9a-f]{32}")
_DEMO_NAME = "Ana"  # at the invented front desk
_CHANGES_KEPT = timedelta(days=7)  # a process that slept longer reads everything again


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Everything a window or a command works with."""

    config: Config
    clock: Clock
    bus: EventBus
    store: Store
    user: User
    secrets: SecretStore
    pool: ProviderPool
    settings: SettingsService
    attachments: AttachmentService
    inbox: InboxService
    states: StateService
    deletion: DeletionService
    folders: FolderService
    labels: LabelService
    undo: UndoService
    users: UserService
    contacts: ContactService
    directory: ContactDirectory
    people: PeopleService
    tags: TagService
    segments: SegmentService
    fields: CustomFieldService
    comments: CommentService
    activity: ActivityService
    channels: ChannelService
    broadcasts: BroadcastService
    schedules: ScheduleService
    campaigns: CampaignService
    reminders: ReminderService
    outbox: OutboxService
    resends: ResendService
    offline: OfflineService
    teams: TeamService
    blocked_time: BlockedTimeService
    terms: BlockedTermService
    error_log: ErrorLogService
    snippets: SnippetService
    variables: VariableService
    consent: ConsentMessageService
    search: SearchService
    tracking: TrackingService
    export: ExportService
    conversation_export: ConversationExportService
    reports: ReportService
    backup: BackupService
    verify: VerifyService
    sync: SyncService
    dispatcher: Dispatcher
    scheduler: Scheduler
    feed: Feed

    async def prepare(self) -> None:
        """Remove exports that nobody fetched, and fill the demo's office at its first start."""
        await asyncio.to_thread(self.conversation_export.clear)
        if self.config.demo:
            from desktop_inbox.services.demo import fill_demo  # its dialogues are long, and most starts need none

            await fill_demo(self.store, self.clock)

    async def wipe_demo(self) -> None:
        """Remove everything the demo invented."""
        from desktop_inbox.services.demo import wipe_demo

        await wipe_demo(self.store, simulator_dir=self.config.data_dir / "simulator")

    @asynccontextmanager
    async def carrying(self, *, patience: float = 35.0, quiet: float = 0.0) -> AsyncIterator[None]:
        """Fetch and send for as long as the context lasts, then wait ``patience`` seconds for what is under
        way. What came in is stored before anything leaves (S4-61). The file is copied and checked no earlier than
        after ``quiet`` seconds."""
        keeping: asyncio.Task[None] | None = None
        try:
            await self.sync.start()
            with contextlib.suppress(TimeoutError):
                # A provider that hangs, or a first history of many pages, must not hold back the other channels.
                async with asyncio.timeout(_CATCH_UP_SECONDS):
                    await self.sync.caught_up()
            await self.dispatcher.start()
            self.scheduler.start()
            keeping = asyncio.create_task(self._keep_house(quiet), name="housekeeping")
            try:
                yield
            finally:
                await self.scheduler.stop()
                await self.dispatcher.stop(deadline=timedelta(seconds=patience))
        finally:
            if keeping is not None:
                keeping.cancel()
            await self.sync.stop()

    async def _keep_house(self, quiet: float) -> None:
        """Complete the search index, back up daily, check weekly, and forget what every process has read of the
        change log."""
        while True:
            try:
                await self.search.repair()
                await asyncio.sleep(quiet)
                await self.backup.run_due()
                await self.store.run(lambda work: work.changes.prune(work.now() - _CHANGES_KEPT))
            except InboxError as error:
                _log.warning("housekeeping failed: %s", error.code)
                self.bus.publish(ProblemFound(code=error.code, message=error.message, hint=error.hint))
            except Exception:  # noqa: BLE001 - the edge: the next round must come
                _log.exception("housekeeping failed unexpectedly")
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)

    async def close(self) -> None:
        """Let go of everything; nothing may run any more."""
        await self.feed.stop()
        await asyncio.to_thread(self.attachments.close)
        await asyncio.to_thread(self.pool.close)
        await asyncio.to_thread(self.store.close)

    async def settle(self, *, limit: float) -> bool:
        """Fetch once and wait until nothing waits any more; False when ``limit`` seconds passed before."""
        changed = asyncio.Event()
        unsubscribe = [
            self.bus.subscribe(kind, lambda _event: changed.set()) for kind in (MessageStatusChanged, BatchChanged)
        ]
        try:
            async with asyncio.timeout(limit):
                await self.sync.fetch_now()
                while await self.store.read(_has_something_to_do):
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            return False
        finally:
            for forget in unsubscribe:
                forget()
        return True

    def today(self) -> date:
        """Return the present day in the workspace's zone or that of this computer."""
        name = self.settings.get(TIME_ZONE)
        return self.clock().astimezone(ZoneInfo(name) if name else None).date()

    def midnight(self, day: date) -> datetime:
        """Return when ``day`` begins, in the workspace's zone or that of this computer."""
        name = self.settings.get(TIME_ZONE)
        begin = datetime.combine(day, time.min)
        return begin.replace(tzinfo=ZoneInfo(name)) if name else begin.astimezone()


def open_store(config: Config, bus: EventBus, *, clock: Clock = now, instance: str | None = None) -> tuple[Store, User]:
    """Open the store and make the first user. Blocks: called on a worker thread.

    ``instance`` is given by the one window of a profile: after a crash it takes up its own messages at once,
    instead of when their leases end.
    """
    store = Store.open(
        config.database_url, clock=clock, publish=bus.publish, backups_dir=config.backups_dir, instance=instance
    )
    try:
        return store, store.run_sync(lambda work: _first_user(work, _DEMO_NAME if config.demo else _login_name()))
    except BaseException:
        store.close()
        raise


def window_instance(config: Config) -> str:
    """Return the name under which the window of this profile writes, the same at every start."""
    path = config.data_dir / "instance"
    try:
        known = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        known = ""
    if not _INSTANCE.fullmatch(known):
        known = uuid.uuid4().hex
        path.write_text(known, encoding="ascii")
    return known


def build_office(config: Config, store: Store, user: User, bus: EventBus, *, clock: Clock = now) -> Office:
    """Put the services together; nothing runs yet. Call it on the loop."""
    secrets = SecretStore(config.data_dir)
    pool = ProviderPool(
        lambda channel_id, field: secrets.get_sync(secret_name(channel_id, field)),
        build=building(simulator_dir=config.data_dir / "simulator", clock=clock),
    )
    settings = SettingsService(store, user.id)
    attachments = AttachmentService(
        store, clock, attachments_dir=config.attachments_dir, outbox_dir=config.outbox_dir, pool=pool
    )

    def region() -> str:
        return settings.get(DEFAULT_REGION)

    def notes() -> bool:
        return settings.get(NOTES_SHOWN)

    def ends_snooze() -> bool:
        return settings.get(WRITING_ENDS_SNOOZE)

    folder = AttachmentFolder(config.attachments_dir)
    pause = SendingPause(store, settings)
    gate = Gate(paused=pause.is_on)
    directory = ContactDirectory(store, user_id=user.id, region=region)
    folders = FolderService(store, user_id=user.id, purge=attachments.purge)
    outbox = OutboxService(
        store, user_id=user.id, file_of=attachments.file_of, gate=gate, capabilities=pool.capabilities
    )
    enqueue = Enqueue(gate, capabilities=pool.capabilities)
    inbound = InboundService(store, answers=AutomaticAnswers(outbox), region=region, ends_snooze=ends_snooze)
    sync = SyncService(store, bus, clock, pool=pool, inbound=inbound, downloads=attachments)
    broadcasts = BroadcastService(
        store,
        user_id=user.id,
        region=region,
        file_of=attachments.file_of,
        gate=gate,
        capabilities=pool.capabilities,
        wake=lambda: scheduler.look(),
    )
    readiness = Readiness(sync)
    schedule_runs = ScheduleRuns(enqueue, make_batch=making_batches(broadcasts), readiness=readiness)
    scheduler = Scheduler(
        (
            ending_snoozes(store, caught_up=sync.caught_up),
            firing_schedules(store, schedule_runs, caught_up=readiness.wait),
            BatchJob(
                store,
                gate=gate,
                capabilities=pool.capabilities,
                again=lambda: scheduler.look(),
                caught_up=readiness.wait,
            ),
            Drips(store, enqueue=enqueue, readiness=readiness).run,
            ReminderJob(store, enqueue=enqueue, capabilities=pool.capabilities, readiness=readiness).run,
        )
    )
    resends = ResendService(store, outbox, enqueue, user_id=user.id)
    settings.follow(bus)
    pause.follow(bus)
    return Office(
        config=config,
        clock=clock,
        bus=bus,
        store=store,
        user=user,
        secrets=secrets,
        pool=pool,
        settings=settings,
        attachments=attachments,
        inbox=InboxService(store, clock, user.id, region=region, notes=notes),
        states=StateService(store, user_id=user.id),
        deletion=DeletionService(store, user_id=user.id, purge=attachments.purge),
        folders=folders,
        labels=LabelService(store, user_id=user.id),
        undo=UndoService(store, user_id=user.id, reversals={**directory.reversals, **folders.reversals}),
        users=UserService(store, user_id=user.id),
        contacts=ContactService(store, user_id=user.id, region=region),
        directory=directory,
        people=PeopleService(store, user_id=user.id, region=region),
        tags=TagService(store, user_id=user.id),
        segments=SegmentService(store, user_id=user.id, region=region),
        fields=CustomFieldService(store, user_id=user.id),
        comments=CommentService(store, user_id=user.id, notes=notes),
        activity=ActivityService(store, notes=notes),
        channels=ChannelService(store, pool=pool, secrets=secrets, user_id=user.id),
        broadcasts=broadcasts,
        schedules=ScheduleService(
            store,
            user_id=user.id,
            enqueue=enqueue,
            runs=schedule_runs,
            file_of=attachments.file_of,
            look_at_many=broadcasts.look_at,
        ),
        campaigns=CampaignService(
            store, user_id=user.id, enqueue=enqueue, capabilities=pool.capabilities, file_of=attachments.file_of
        ),
        reminders=ReminderService(store, user_id=user.id, enqueue=enqueue, capabilities=pool.capabilities),
        outbox=outbox,
        offline=OfflineService(
            store, user_id=user.id, region=region, stage=attachments.stage_now, file_of=attachments.file_of
        ),
        resends=resends,
        teams=TeamService(store, user_id=user.id),
        blocked_time=BlockedTimeService(store, user_id=user.id, move_batch=broadcasts.move_to),
        terms=BlockedTermService(store, user_id=user.id, resend=resends),
        error_log=ErrorLogService(store, mask=lambda: settings.get(MASK_NUMBERS)),
        snippets=SnippetService(store, user_id=user.id, file_of=attachments.file_of, path_of=folder.path_of),
        variables=VariableService(store),
        consent=ConsentMessageService(store, user_id=user.id),
        search=SearchService(store, region=region),
        tracking=TrackingService(store, user_id=user.id),
        export=ExportService(store, user_id=user.id),
        conversation_export=ConversationExportService(
            store, user_id=user.id, folder=config.data_dir / "exports", notes=notes
        ),
        reports=ReportService(store, clock, capabilities=pool.capabilities),
        backup=BackupService(store, clock, backups_dir=config.backups_dir),
        verify=VerifyService(store, attachments_dir=config.attachments_dir),
        sync=sync,
        dispatcher=Dispatcher(
            store,
            pool,
            Sending(gate=gate, capabilities=pool.capabilities),
            bus=bus,
            clock=clock,
            journal=Journal(config.data_dir / "journal", instance=store.instance),
            path_of=folder.path_of,
            available=lambda channel: _has_secrets(secrets, channel),
            questions=ReceiptQuestions(store, pool, is_ours=sync.polls),
        ),
        scheduler=scheduler,
        feed=Feed(store, bus),
    )


@asynccontextmanager
async def open_office(config: Config, *, clock: Clock = now) -> AsyncIterator[Office]:
    """Open a profile for commands: the services answer, nothing is fetched or sent by itself."""
    bus = EventBus()
    store, user = await asyncio.to_thread(open_store, config, bus, clock=clock)
    store.attach(asyncio.get_running_loop())
    office = build_office(config, store, user, bus, clock=clock)
    try:
        await office.settings.load()
        await office.feed.start()
        yield office
    finally:
        await office.close()


def _has_something_to_do(work: Work) -> bool:
    """Whether messages wait to leave, or batches whose time has come wait to become messages."""
    return work.outbox.waiting_count() > 0 or work.batches.has_work(work.outbox.now(), work.instance)


def _first_user(work: Work, name: str) -> User:
    known = [user for user in work.users.all() if user.active]
    if known:
        return known[0]
    return work.users.add(name, Role.ADMINISTRATOR)


def _login_name() -> str:
    try:
        return getpass.getuser().strip().title() or "Me"
    except (OSError, KeyError):
        return "Me"


def _has_secrets(secrets: SecretStore, channel: Channel) -> bool:
    """Whether this computer can carry a channel's messages; the others of a team do it otherwise.

    A kind that lets a person choose between secrets, such as a password or a token, needs one of them.
    """
    fields = [field for field in provider_class(channel.kind).fields if field.secret]
    known = {field.key for field in fields if _is_known(secrets, secret_name(channel.id, field.key))}
    required = {field.key for field in fields if field.required}
    return required <= known and (bool(known) or not fields)


def _is_known(secrets: SecretStore, name: str) -> bool:
    try:
        secrets.get_sync(name)
    except InboxError:
        return False
    return True
