"""What the demo's office is given besides, so that pictures have something to show."""

import asyncio
from pathlib import Path

from desktop_inbox.app.office import Office
from desktop_inbox.models.entities.contact import Scheme
from desktop_inbox.models.entities.conversation import Priority
from desktop_inbox.models.entities.ids import ConversationId
from desktop_inbox.services.snippets import SnippetDraft

SNIPPETS = (
    SnippetDraft(
        name="Confirm an appointment",
        shortcut="confirm",
        folder="Appointments",
        text="Hello $contact.firstname, you are down for $contact.next_visit. Reply here if that does not suit you.",
    ),
    SnippetDraft(
        name="Opening hours",
        shortcut="hours",
        folder="Front desk",
        text="We are open Monday to Friday from eight to six, on Saturday from nine to one.",
    ),
    SnippetDraft(
        name="Before a treatment",
        shortcut="before",
        folder="Appointments",
        text="Hello $contact.firstname|there, please eat something light two hours before.",
    ),
    SnippetDraft(
        name="How to find us",
        shortcut="way",
        folder="Front desk",
        text="12 Elm Street, second floor. The entrance is beside the bakery.",
    ),
    SnippetDraft(name="Thank you", shortcut="thanks", text="You're welcome, $contact.firstname|dear! See you soon."),
)
SEGMENT = (
    "(tags any of (Regular, Family) or fields.insurance is Private) and (language any of (en, de) or unread is true)"
)

PEOPLE_FILE = """First name,Last name,Mobile,E-mail,Company,Tags,Birthday,Shoe size
Nora,Lindqvist,+1 415 555 0171,nora@example.org,,Regular,1984-03-12,38
Peter,Amann,+1 415 555 0172,,Amann Roofing,,1979-11-02,44
Grace,Whitfield,+1 415 555 0105,grace@example.org,,Regular,1961-07-30,39
Ade,Bello,415 555 01,,,"New patient, Family",1990-01-19,42
Kim,Soto,+1 415 555 0174,kim@example.org,Soto Bakery,,,41
"""


async def furnish(office: Office) -> None:
    """Add colleagues, saved replies, assignments and people who may be the same."""
    kim = await office.users.add("Kim Park")
    ravi = await office.users.add("Ravi Shah")
    for draft in SNIPPETS:
        await office.snippets.save(draft)

    async def of(name: str) -> ConversationId:
        found = await office.contacts.find(name, limit=1)
        return await office.contacts.conversation_of(found[0].id)

    for name, user in (("Grace Whitfield", office.user), ("Lukas Brandt", kim), ("Olivia Chen", ravi)):
        await office.states.assign((await of(name),), user.id)
    for name in ("Walter Nowak", "Henry Osei", "Hannah Fischer", "Dorothy Kim"):
        await office.states.done((await of(name),))
    await office.states.pin((await of("Maria Gómez"),))
    await office.states.prioritise((await of("Jonas Okafor"),), Priority.HIGH)
    await office.comments.add(
        await of("Grace Whitfield"), "@Kim Park can you send her the invoice again? The code is on it."
    )
    await office.segments.save(
        "Private and unread", await office.segments.parse("fields.insurance is Private unread is true")
    )
    await office.segments.save("Families", await office.segments.parse("tags any of (Family)"))
    await office.store.run(
        lambda work: work.contacts.add([(Scheme.WHATSAPP, "+14155550102")], first_name="Jonas", last_name="Okafor")
    )


async def people_file(folder: Path) -> Path:
    """Write a file to import, and return its path."""
    path = folder / "patients.csv"
    await asyncio.to_thread(path.write_text, PEOPLE_FILE, encoding="utf-8")
    return path
