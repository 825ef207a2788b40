"""ChannelService: set up, check, pause and remove channels; and which of them can answer a contact."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from desktop_inbox.errors import InboxError, InvalidInputError, NotFoundError
from desktop_inbox.models.entities.channel import Capabilities, Channel, ChannelState
from desktop_inbox.models.entities.contact import ContactAddress, OptIn
from desktop_inbox.models.entities.ids import ChannelId, ConversationId, UserId
from desktop_inbox.models.store import Store
from desktop_inbox.models.work import Work
from desktop_inbox.services.messaging_window import with_window
from desktop_inbox.services.plain_text import check_storable, clean_name
from desktop_inbox.services.prices import PRICE_SETTING, read_price
from desktop_inbox.services.provider_pool import ProviderPool
from desktop_inbox.services.providers.base import ChannelAccount, CheckStep, Provider, ProviderError
from desktop_inbox.services.providers.registry import kinds, provider_class, provider_classes
from desktop_inbox.services.secrets import secret_name
from desktop_inbox.services.team_channels import channels_of
from desktop_inbox.services.transitions import Transitions

_DRAFT_CHANNEL = ChannelId(0)  # of a form that was not saved yet


class Secrets(Protocol):
    """What this service needs of the secret store."""

    async def get(self, name: str) -> str:
        """Return a secret."""

    def get_sync(self, name: str) -> str:
        """Return a secret on a worker thread."""

    async def set(self, name: str, value: str) -> None:
        """Keep a secret."""

    async def delete(self, name: str) -> None:
        """Forget a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOption:
    """One way to answer: a channel and the contact's address it reaches."""

    channel: Channel
    address: ContactAddress
    capabilities: Capabilities
    is_default: bool  # the channel of the last inbound message, else the first
    window_hours: int | None = None  # free answers only so long after the contact wrote
    window_ends_at: datetime | None = None  # None also where the contact never wrote to this channel


class ChannelService:
    """Configured accounts. Their secrets go to the secret store and nowhere else."""

    def __init__(self, store: Store, *, pool: ProviderPool, secrets: Secrets, user_id: UserId | None = None) -> None:
        self._store = store
        self._user_id = user_id
        self._pool = pool
        self._secrets = secrets

    def kinds(self) -> tuple[type[Provider], ...]:
        """Return what kinds of channels there are, in the order set-up offers them."""
        return provider_classes()

    def capabilities(self, channel: Channel) -> Capabilities:
        """Return what a channel can do."""
        return self._pool.capabilities(channel)

    def able(self, channel: Channel | None) -> Capabilities | None:
        """Return the same, or None for no channel and for kinds that only a newer program knows."""
        return None if channel is None or channel.kind not in kinds() else self._pool.capabilities(channel)

    async def all(self) -> tuple[Channel, ...]:
        """Return every channel but the removed ones."""
        return await self._store.read(lambda work: work.channels.all())

    async def add(
        self, kind: str, name: str, *, address: str, settings: Mapping[str, str], secrets: Mapping[str, str]
    ) -> Channel:
        """Add a channel and keep its secrets; nothing is added when they cannot be kept."""
        chosen = _valid(kind, name, settings, secrets)
        kept = await self._to_keep(kind, address, settings, secrets)
        channel = await self._store.run(
            lambda work: work.channels.add(kind=kind, name=chosen, address=address.strip(), settings=settings)
        )
        try:
            await self._keep(channel.id, kept)
        except InboxError:
            await self._store.run(lambda work: work.channels.change(channel.id, state=ChannelState.REMOVED))
            raise
        return channel

    async def edit(
        self,
        channel_id: ChannelId,
        *,
        name: str,
        address: str,
        settings: Mapping[str, str],
        secrets: Mapping[str, str],
    ) -> Channel:
        """Change a channel; a secret that is not given stays as it is. A broken channel is tried again."""
        known = await self._existing(channel_id)
        given = {field.key: "kept" for field in provider_class(known.kind).fields if field.secret} | dict(secrets)
        chosen = _valid(known.kind, name, settings, given)
        await self._keep(channel_id, await self._to_keep(known.kind, address, settings, secrets))

        def change(work: Work) -> Channel:
            state = known.state
            values: dict[str, object] = {"name": chosen, "address": address.strip(), "settings": dict(settings)}
            if state is ChannelState.BROKEN:
                values |= _working_again()
            work.channels.change(channel_id, **values)
            found = work.channels.get(channel_id)
            assert found is not None  # noqa: S101 - changed just now
            return found

        changed = await self._store.run(change)
        self._pool.forget(channel_id)
        return changed

    async def check(
        self,
        kind: str,
        *,
        address: str,
        settings: Mapping[str, str],
        secrets: Mapping[str, str],
        channel_id: ChannelId | None = None,
    ) -> tuple[CheckStep, ...]:
        """Try the connection with what a form holds; secrets that are not given are those of ``channel_id``."""

        def secret(field: str) -> str:
            given = secrets.get(field)
            if given or channel_id is None:
                return given or ""
            return self._secrets.get_sync(secret_name(channel_id, field))

        account = ChannelAccount(
            channel_id=channel_id or _DRAFT_CHANNEL, address=address.strip(), settings=settings, secret=secret
        )
        return await asyncio.to_thread(_check, provider_class(kind), account)

    async def pause(self, channel_id: ChannelId, *, reason: str = "") -> None:
        """Stop carrying messages until ``resume``; what is queued waits."""
        await self._existing(channel_id)
        await self._store.run(
            lambda work: work.channels.change(channel_id, state=ChannelState.PAUSED, state_reason=reason)
        )

    async def resume(self, channel_id: ChannelId) -> None:
        """Carry messages again, also after an error was mended."""
        if (await self._existing(channel_id)).kind not in kinds():  # such as that of interviews held offline
            raise InvalidInputError(
                "channel_carries_nothing", "This channel only holds what was said; nothing is sent by it."
            )
        await self._store.run(lambda work: work.channels.change(channel_id, **_working_again()))

    async def remove(self, channel_id: ChannelId) -> None:
        """Remove a channel and forget its secrets; its history stays."""
        known = await self._existing(channel_id)
        await self._store.run(lambda work: _remove(work, channel_id))
        self._pool.forget(channel_id)
        for field in provider_class(known.kind).fields if known.kind in kinds() else ():
            if field.secret:
                await self._secrets.delete(secret_name(channel_id, field.key))

    async def reply_options(self, conversation_id: ConversationId) -> tuple[ReplyOption, ...]:
        """Return the ways to answer a contact, the default one marked; empty when there is none.

        Addresses that a channel refuses for good are left out; paused and broken channels are offered, as
        messages to them wait. Channels that the team of this user does not use are offered only where none of its own
        reaches the contact.
        """

        def read(work: Work) -> tuple[ReplyOption, ...]:
            contact_id = work.conversations.contact_of(conversation_id)
            contact = None if contact_id is None else work.contacts.get(contact_id)
            row = work.conversations.row(conversation_id)
            if contact is None or row is None:
                raise NotFoundError("conversation_missing", "The conversation does not exist any more.")
            last = (row.last_inbound_channel_id, row.last_inbound_address_id)
            channels = work.channels.all()
            only = channels_of(work, team_id=None, user_id=self._user_id)
            own = tuple(one for one in channels if one.id in only) if only else channels
            options = self._options(own, contact.addresses, last) or self._options(channels, contact.addresses, last)
            return tuple(_with_window(work, conversation_id, option) for option in options)

        return await self._store.read(read)

    def _options(
        self,
        channels: tuple[Channel, ...],
        addresses: tuple[ContactAddress, ...],
        last: tuple[int | None, int | None],
    ) -> tuple[ReplyOption, ...]:
        options = [
            ReplyOption(channel=channel, address=address, capabilities=capabilities, is_default=False)
            for channel in channels
            if channel.kind in kinds()  # another computer may run a newer program
            for capabilities in (self._pool.capabilities(channel),)
            for address in addresses
            if address.scheme in capabilities.schemes and not address.carrier_blocked
            if capabilities.can_start or channel.id == last[0]
        ]
        if not options:
            return ()
        best = min(range(len(options)), key=lambda place: (_rank(options[place], last), place))
        return tuple(replace(option, is_default=place == best) for place, option in enumerate(options))

    async def _existing(self, channel_id: ChannelId) -> Channel:
        found = await self._store.read(lambda work: work.channels.get(channel_id))
        if found is None or found.state is ChannelState.REMOVED:
            raise NotFoundError("channel_missing", "The channel does not exist any more.")
        return found

    async def _to_keep(
        self, kind: str, address: str, settings: Mapping[str, str], secrets: Mapping[str, str]
    ) -> Mapping[str, str]:
        """What goes to the secret store: what was entered, or what the provider gives for it."""
        if not any(secrets.values()):
            return {}
        account = ChannelAccount(
            channel_id=_DRAFT_CHANNEL,
            address=address.strip(),
            settings=settings,
            secret=lambda field: secrets.get(field, ""),
        )
        try:
            exchanged = await asyncio.to_thread(_exchange, provider_class(kind), account)
        except ProviderError as error:
            raise InvalidInputError("channel_refused", error.text, hint="Check what you entered.") from None
        return exchanged or secrets

    async def _keep(self, channel_id: ChannelId, secrets: Mapping[str, str]) -> None:
        for field, value in secrets.items():
            if value:
                await self._secrets.set(secret_name(channel_id, field), value)


def _with_window(work: Work, conversation_id: ConversationId, option: ReplyOption) -> ReplyOption:
    able, ends = with_window(work, conversation_id, option.channel, option.capabilities, option.address)
    return replace(option, capabilities=able, window_hours=able.window_hours, window_ends_at=ends)


def _rank(option: ReplyOption, last: tuple[int | None, int | None]) -> tuple[bool, bool, bool, bool, int]:
    """Smaller is better: where they wrote last, then where they may be written to, then their first address."""
    return (
        option.channel.id != last[0],
        option.address.id != last[1],
        option.address.opt_in is OptIn.OPTED_OUT,
        option.channel.state is not ChannelState.ACTIVE,
        option.address.priority,
    )


def _remove(work: Work, channel_id: ChannelId) -> None:
    """What waits for a channel that is gone would wait for ever, and others behind it."""
    work.channels.change(channel_id, state=ChannelState.REMOVED)
    rules, at = Transitions(), work.outbox.now()
    work.outbox.apply([rules.channel_gone(entry, at) for entry in work.outbox.waiting_on(channel_id)])


def _working_again() -> dict[str, object]:
    return {
        "state": ChannelState.ACTIVE,
        "state_reason": "",
        "cool_until": None,
        "circuit_until": None,
        "circuit_opened_at": None,
        "circuit_failures": 0,
    }


def _valid(kind: str, name: str, settings: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """Return the cleaned name; InvalidInputError for what the form must not leave out."""
    chosen = clean_name(check_storable(name, "The name"))
    if not chosen:
        raise InvalidInputError("channel_name_missing", "The channel has no name.", hint="Give it a short name.")
    read_price(settings.get(PRICE_SETTING, ""))
    for field in provider_class(kind).fields:
        value = (secrets if field.secret else settings).get(field.key, "")
        if field.required and not value.strip():
            raise InvalidInputError(
                "channel_field_missing", f"{field.label} is missing.", hint=f"Fill in {field.label}."
            )
        if field.choices and value and value not in field.choices:
            raise InvalidInputError(
                "channel_field_choice",
                f"{field.label} has a value that is not offered.",
                hint=f"Choose one of {', '.join(field.choices)}.",
            )
    return chosen


def _check(kind: type[Provider], account: ChannelAccount) -> tuple[CheckStep, ...]:
    try:
        provider = kind(account)  # type: ignore[call-arg]
    except (ProviderError, InboxError) as error:
        return (CheckStep(name="Settings", ok=False, detail=_sentence(error)),)
    try:
        return provider.check()
    except (ProviderError, InboxError) as error:
        return (CheckStep(name="Connection", ok=False, detail=_sentence(error), remedy=getattr(error, "hint", "")),)
    finally:
        provider.close()


def _exchange(kind: type[Provider], account: ChannelAccount) -> Mapping[str, str]:
    provider = kind(account)  # type: ignore[call-arg]
    try:
        return provider.secrets_to_keep()
    finally:
        provider.close()


def _sentence(error: ProviderError | InboxError) -> str:
    return error.text if isinstance(error, ProviderError) else error.message
