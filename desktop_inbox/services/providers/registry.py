"""Kinds of channels, by name; a provider's module is imported when it is first needed."""

from functools import cache
from importlib import import_module

from desktop_inbox.errors import NotFoundError
from desktop_inbox.services.providers.base import Provider

#: kind -> (module, class), in the order in which channel set-up offers them.
_PROVIDERS = {
    "simulator": ("simulator", "SimulatorProvider"),
    "twilio": ("twilio", "TwilioProvider"),
    "matrix": ("matrix", "MatrixProvider"),
}


def kinds() -> tuple[str, ...]:
    """Return the kinds this program knows."""
    return tuple(_PROVIDERS)


@cache
def provider_class(kind: str) -> type[Provider]:
    """Return the provider of ``kind``; NotFoundError where this program has none, as after a downgrade."""
    try:
        module_name, class_name = _PROVIDERS[kind]
    except KeyError:
        raise NotFoundError(
            "unknown_channel_kind",
            f"This version does not know channels of the kind {kind!r}.",
            hint="Update the program, or remove the channel.",
        ) from None
    module = import_module(f"desktop_inbox.services.providers.{module_name}")
    found: type[Provider] = getattr(module, class_name)
    return found


def provider_classes() -> tuple[type[Provider], ...]:
    """Return every provider, in the order of ``kinds``."""
    return tuple(provider_class(kind) for kind in kinds())
