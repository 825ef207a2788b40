"""Tag and ContactList: words and groups that people give to contacts."""

from dataclasses import dataclass

from .ids import ContactListId, TagId

MAX_NAME = 255  # characters of a tag's or a list's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A word on contacts; "VIP" and "vip" are one."""

    id: TagId
    name: str
    contacts: int = 0  # how many have it; counted only where it is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactList:
    """Contacts that somebody put together by hand or by import."""

    id: ContactListId
    name: str
    contacts: int = 0
