"""What "Test connection" tries with Twilio: each step with what went wrong and what to do about it."""

from collections.abc import Callable, Mapping

import phonenumbers

from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.services.http import HttpClient
from desktop_inbox.services.providers.base import (
    ChannelError,
    CheckStep,
    NotSentError,
    ProviderError,
    RejectedError,
    ThrottledError,
)

_SIGN_IN = "Sign in"
_PATIENCE = 9.0  # seconds for each of three requests


def check(
    client: Callable[[], HttpClient], root: str, own: Mapping[Scheme, str], settings: Mapping[str, str]
) -> tuple[CheckStep, ...]:
    """Return the steps tried; the first that failed is the last."""
    steps: list[CheckStep] = []
    attempts: tuple[Callable[[], CheckStep], ...] = (
        lambda: _numbers(own, settings),
        lambda: _sign_in(client(), root),
        lambda: _account(client(), root, settings),
        lambda: _own_number(client(), root, own),
    )
    for attempt in attempts:
        try:
            steps.append(attempt())
        except ProviderError as error:
            steps.append(_failed(error, len(steps)))
        if not steps[-1].ok:
            break
    return tuple(steps)


def _numbers(own: Mapping[Scheme, str], settings: Mapping[str, str]) -> CheckStep:
    name = "Settings"
    if not settings.get("account_sid", "").strip():
        return CheckStep(
            name=name,
            ok=False,
            detail="The Account SID is missing.",
            remedy="Copy it from the first page of the Twilio console.",
        )
    if settings.get("service") == "SignalWire" and not (settings.get("space") or settings.get("base_url")):
        return CheckStep(
            name=name,
            ok=False,
            detail="The SignalWire space is missing.",
            remedy="It is the first part of your dashboard's address.",
        )
    if not own:
        return CheckStep(
            name=name,
            ok=False,
            detail="The channel has no number.",
            remedy="Enter the rented number, the WhatsApp number, or both.",
        )
    for number in own.values():
        if not _is_e164(number):
            return CheckStep(
                name=name,
                ok=False,
                detail="A number is not in the international form.",
                remedy="Write it with a plus sign and the country code, such as +14155550100.",
            )
    return CheckStep(name=name, ok=True)


def _is_e164(number: str) -> bool:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number


def _sign_in(http: HttpClient, root: str) -> CheckStep:
    answer = http.get(f"{root}/Messages.json", {"PageSize": 1}, total=_PATIENCE)
    if not isinstance(answer.get("messages"), list):
        return CheckStep(
            name=_SIGN_IN,
            ok=False,
            detail=f"{http.host} answers, but not like Twilio.",
            remedy="Check the service and its address.",
        )
    return CheckStep(name=_SIGN_IN, ok=True, detail="Messages can be read.")


def _account(http: HttpClient, root: str, settings: Mapping[str, str]) -> CheckStep:
    name = "Account"
    if settings.get("api_key_sid", "").strip():
        return CheckStep(name=name, ok=True, detail="An API key cannot ask about its account.")
    answer = http.get(f"{root}.json", total=_PATIENCE)
    status = str(answer.get("status") or "active")
    if status != "active":
        return CheckStep(
            name=name,
            ok=False,
            detail=f"The account is {status}.",
            remedy="Open the Twilio console; it says what the account needs.",
        )
    trial = "A trial account: it can only write to verified numbers." if answer.get("type") == "Trial" else ""
    return CheckStep(name=name, ok=True, detail=trial)


def _own_number(http: HttpClient, root: str, own: Mapping[Scheme, str]) -> CheckStep:
    name = "Number"
    number = own.get(Scheme.TEL)
    if number is None:
        return CheckStep(
            name=name, ok=True, detail="Whether the WhatsApp sender is approved shows with the first message."
        )
    answer = http.get(f"{root}/IncomingPhoneNumbers.json", {"PhoneNumber": number, "PageSize": 1}, total=_PATIENCE)
    rows = answer.get("incoming_phone_numbers")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if not found:
        return CheckStep(
            name=name,
            ok=False,
            detail="The account does not own this number.",
            remedy="Choose one of the account's active numbers, written with its country code.",
        )
    able = found[0].get("capabilities")
    if isinstance(able, dict) and not any(bool(value) for key, value in able.items() if str(key).lower() == "sms"):
        return CheckStep(
            name=name,
            ok=False,
            detail="This number cannot send text messages.",
            remedy="Rent a number that can, or use this one for WhatsApp only.",
        )
    return CheckStep(name=name, ok=True)


_STEP_NAMES = ("Settings", _SIGN_IN, "Account", "Number")


def _failed(error: ProviderError, position: int) -> CheckStep:
    if isinstance(error, NotSentError):
        remedy = "Check the internet connection and the address of the service."
    elif error.code == "certificate":
        remedy = "Ask whoever runs the network: something between this computer and the service reads along."
    elif error.code == "private_address":
        remedy = "If the service is in your own network, confirm it in the field for that."
    elif isinstance(error, ChannelError):
        remedy = "Copy the Account SID and the token again from the console; mind spaces at their ends."
    elif isinstance(error, ThrottledError):
        remedy = "Wait a minute and try again."
    elif isinstance(error, RejectedError) and error.http_status == 404:
        remedy = "Check the Account SID and the service."
    else:
        remedy = "Try again in a minute; the service's status page may say more."
    return CheckStep(name=_STEP_NAMES[position], ok=False, detail=error.text, remedy=remedy)
