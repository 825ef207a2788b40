"""Services: what every pane is given to work with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_inbox.clock import Clock
    from desktop_inbox.models.entities.ids import UserId
    from desktop_inbox.services.activity import ActivityService
    from desktop_inbox.services.attachments import AttachmentService
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
    from desktop_inbox.services.error_log import ErrorLogService
    from desktop_inbox.services.export import ExportService
    from desktop_inbox.services.folders import FolderService
    from desktop_inbox.services.inbox import InboxService
    from desktop_inbox.services.labels import LabelService
    from desktop_inbox.services.outbox import OutboxService
    from desktop_inbox.services.people import PeopleService
    from desktop_inbox.services.reminders import ReminderService
    from desktop_inbox.services.reports import ReportService
    from desktop_inbox.services.resend import ResendService
    from desktop_inbox.services.schedules import ScheduleService
    from desktop_inbox.services.search import SearchService
    from desktop_inbox.services.secrets import SecretStore
    from desktop_inbox.services.segments import SegmentService
    from desktop_inbox.services.settings import SettingsService
    from desktop_inbox.services.snippets import SnippetService
    from desktop_inbox.services.state import StateService
    from desktop_inbox.services.sync import SyncService
    from desktop_inbox.services.tags import TagService
    from desktop_inbox.services.teams import TeamService
    from desktop_inbox.services.tracking import TrackingService
    from desktop_inbox.services.undo import UndoService
    from desktop_inbox.services.users import UserService
    from desktop_inbox.services.variables import VariableService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services of one running program, built by ``app``; tests pass fakes of the same shape."""

    inbox: "InboxService"
    states: "StateService"
    deletion: "DeletionService"
    undo: "UndoService"
    users: "UserService"
    contacts: "ContactService"
    people: "PeopleService"
    tags: "TagService"
    segments: "SegmentService"
    fields: "CustomFieldService"
    comments: "CommentService"
    activity: "ActivityService"
    channels: "ChannelService"
    outbox: "OutboxService"
    snippets: "SnippetService"
    variables: "VariableService"
    consent: "ConsentMessageService"
    search: "SearchService"
    attachments: "AttachmentService"
    settings: "SettingsService"
    sync: "SyncService"
    export: "ExportService"
    conversation_export: "ConversationExportService"
    clock: "Clock"
    user_id: "UserId"
    resends: "ResendService | None" = None
    teams: "TeamService | None" = None
    blocked_time: "BlockedTimeService | None" = None
    terms: "BlockedTermService | None" = None
    error_log: "ErrorLogService | None" = None
    reports: "ReportService | None" = None
    directory: "ContactDirectory | None" = None  # None where there is no page of contacts
    folders: "FolderService | None" = None  # None where there is no page of folders
    labels: "LabelService | None" = None
    broadcasts: "BroadcastService | None" = None
    tracking: "TrackingService | None" = None  # None where nothing is sent to many
    campaigns: "CampaignService | None" = None  # None where there is no page of campaigns
    reminders: "ReminderService | None" = None
    secrets: "SecretStore | None" = None  # None where no channel has any
    schedules: "ScheduleService | None" = None
