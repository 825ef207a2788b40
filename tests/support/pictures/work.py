"""Pictures of dealing with one conversation: assigning, later, undo, what is known, comments, writing."""

import asyncio

from .camera import SETTLE, Camera


async def take_work(camera: Camera) -> None:
    """Take what is done with a conversation."""
    window = camera.window
    await camera.open("Grace Whitfield")
    for action, name in (("conversation.snooze", "snooze"), ("conversation.assign", "assign")):
        camera.act(action)
        await camera.take(name)
        await camera.clear()
    camera.details.tabs.setCurrentIndex(1)
    await camera.take("activity")
    camera.details.tabs.setCurrentIndex(0)
    camera.act("comment.toggle")
    await asyncio.sleep(SETTLE)
    camera.type(camera.conversation.composer.comments.box.editor, "@Ravi the lab called: it is ready. ")
    await camera.take("comment")
    camera.conversation.composer.comments.box.editor.clear()
    camera.act("comment.toggle")
    key = await camera.open("Rosa Delgado")
    camera.act("conversation.done")
    await camera.take("undo")
    await camera.office.states.pending((key,))
    await asyncio.sleep(SETTLE)
    for toast in tuple(window.toasts.shown):
        toast.dismiss()


async def take_writing(camera: Camera) -> None:
    """Take the composer in its states."""
    await camera.open("Grace Whitfield")
    editor = camera.conversation.composer.editor
    camera.type(editor, "/")
    await camera.take("snippets")
    editor.clear()
    editor.setPlainText("Hello $contact.firstname, your number is $contact.patient_number. See you soon!")
    await camera.take("variables")
    editor.setPlainText("Hello $contact.firstname, please bring $contact.company_card with you.")
    await camera.take("variable-unresolved")
    editor.clear()
    camera.act("message.snippets")
    await camera.take("snippet-library")
    await camera.clear()
    await camera.open("Elif Yılmaz")
    editor.setPlainText("Hello Elif, your crown is ready. Would Thursday suit you?")
    await asyncio.sleep(SETTLE)
    camera.act("message.send")
    await camera.take("window-closed")
    editor.clear()
    consent = camera.office.consent
    await consent.set_policy(required=True, text=await consent.suggestion())
    await camera.open("Rafael Ortiz")
    camera.type(editor, "Hello Rafael!")
    await camera.take("consent")
    editor.clear()
    await consent.set_policy(required=False, text=await consent.suggestion())
    await asyncio.sleep(SETTLE)
