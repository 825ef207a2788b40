"""What the set-up form of Twilio asks for, and what the answers mean."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from desktop_inbox.models.entities.channel import Capabilities, ReconcileClass
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.services.providers.base import ChannelAccount, SettingField

MAX_TEXT = 1600

FIELDS: tuple[SettingField, ...] = (
    SettingField(key="service", label="Service", choices=("Twilio", "SignalWire")),
    SettingField(
        key="space",
        label="SignalWire space",
        required=False,
        placeholder="example.signalwire.com",
        help="Only for SignalWire: the first part of the address of your dashboard.",
    ),
    SettingField(
        key="account_sid",
        label="Account SID",
        placeholder="AC…",
        help="On the first page of the Twilio console. With SignalWire: the project ID.",
    ),
    SettingField(
        key="auth_token",
        label="Auth token",
        secret=True,
        help="Beside the Account SID. With SignalWire: an API token. Kept in this computer's keyring only.",
    ),
    SettingField(
        key="api_key_sid",
        label="API key SID",
        required=False,
        placeholder="SK…",
        help="Only when the secret above is that of an API key.",
    ),
    SettingField(
        key="number",
        label="Number",
        required=False,
        placeholder="+14155550100",
        help="The rented number, with its country code. Leave it empty for a channel with WhatsApp only.",
    ),
    SettingField(
        key="whatsapp_number",
        label="WhatsApp number",
        required=False,
        placeholder="+14155550100",
        help="Only when the account has a WhatsApp sender. WhatsApp takes free answers within 24 hours only; "
        "the program shows how much of that time is left.",
    ),
    SettingField(
        key="window_hours",
        label="Hours for WhatsApp answers",
        required=False,
        placeholder="24",
        help="Only when WhatsApp gave this account another limit; 0 when it has none.",
    ),
    SettingField(
        key="base_url",
        label="Address of the service",
        required=False,
        placeholder="https://…",
        help="Only for a service of your own that speaks Twilio's language.",
    ),
    SettingField(
        key="private_host",
        label="Service in your own network",
        required=False,
        placeholder="sms.office.lan",
        help="To allow a service with a private address, type its host name again.",
    ),
)


def capabilities_of(settings: Mapping[str, str]) -> Capabilities:
    """Return what an account with these settings can do."""
    whatsapp = bool(settings.get("whatsapp_number", "").strip())
    text = bool(settings.get("number", "").strip()) or not whatsapp
    schemes = {Scheme.TEL} if text else set()
    return Capabilities(
        schemes=frozenset(schemes | ({Scheme.WHATSAPP} if whatsapp else set())),
        reconcile=ReconcileClass.LISTABLE,
        receipts_sent=True,
        receipts_delivered=True,
        receipts_read=whatsapp,
        receipts_failed=True,
        # The service fetches outgoing files from a public address, which an office computer has not.
        attachments_out=False,
        attachments_in=True,
        max_text=MAX_TEXT,
        segments=text,
        window_hours=24 if whatsapp else None,
        window_schemes=frozenset({Scheme.WHATSAPP}) if whatsapp else frozenset(),
        calls=text,
        provider_answers_stop=text,
    )


def own_addresses(account: ChannelAccount) -> dict[Scheme, str]:
    """Return the channel's own numbers."""
    whatsapp = account.settings.get("whatsapp_number", "").strip()
    number = account.settings.get("number", "").strip() or ("" if whatsapp else account.address.strip())
    own = {Scheme.TEL: number, Scheme.WHATSAPP: whatsapp.removeprefix("whatsapp:")}
    return {scheme: address for scheme, address in own.items() if address}


def service_origin(settings: Mapping[str, str]) -> str:
    """Return scheme and host of the service."""
    own = settings.get("base_url", "").strip()
    if own:
        scheme, separator, rest = own.partition("://")
        return f"{scheme}{separator}{rest.partition('/')[0]}"
    if settings.get("service") == "SignalWire":
        space = settings.get("space", "").strip().removeprefix("https://").strip("/")
        return f"https://{space if '.' in space else f'{space}.signalwire.com'}"
    return "https://api.twilio.com"


def path_prefix(settings: Mapping[str, str]) -> str:
    """Return what comes before the version in each path."""
    own = settings.get("base_url", "").strip().partition("://")[2].partition("/")[2].strip("/")
    if own:
        return f"/{own}"
    return "/api/laml" if settings.get("service") == "SignalWire" else ""


def private_confirmed(settings: Mapping[str, str]) -> bool:
    """Return whether a person confirmed that this very host lies in the office's own network."""
    confirmed = settings.get("private_host", "").strip().lower()
    return bool(confirmed) and confirmed == (urlsplit(service_origin(settings)).hostname or "")
