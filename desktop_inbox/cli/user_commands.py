"""user: the people of the office."""

import argparse

from desktop_inbox.app.office import Office
from desktop_inbox.errors import NotFoundError
from desktop_inbox.models.entities.user import Role, User

from .output import Output


async def user(office: Office, options: argparse.Namespace, output: Output) -> int:
    """List, add, rename, switch off and on, and give rights."""
    users = office.users
    if options.action == "list":
        for person in await users.all():
            _tell(person, output)
        return 0
    if options.action == "add":
        _tell(await users.add(options.name, role=Role(options.role)), output)
        return 0
    person = await _find(office, options.person)
    if options.action == "rename":
        await users.rename(person.id, options.name)
    elif options.action == "role":
        await users.set_role(person.id, Role(options.role))
    elif options.action == "activate":
        await users.reactivate(person.id)
    else:
        count = await users.deactivate(person.id)
        output.item(f"{count} conversations belong to nobody now.", unassigned=count)
    _tell(await _find(office, str(person.id)), output)
    return 0


async def _find(office: Office, name: str) -> User:
    for person in await office.users.all():
        if name == str(person.id) or name.casefold() == person.name.casefold():
            return person
    raise NotFoundError("user_missing", f"Nobody here is called {name}.", hint="See: desktop-inbox user list")


def _tell(person: User, output: Output) -> None:
    state = "" if person.active else ", switched off"
    output.item(
        f"{person.id}  {person.name}  ({person.role}{state})",
        id=person.id,
        name=person.name,
        role=person.role,
        active=person.active,
    )
