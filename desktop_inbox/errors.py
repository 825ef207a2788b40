"""InboxError: the base of every deliberate error.

An error carries a stable ``code`` (what views translate), a sentence that says what happened and a hint
that says what to do. Neither ever holds a secret or the text of a message.
"""


class InboxError(Exception):
    """Something the program expected to go wrong did; the user can be told in two sentences."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class NotFoundError(InboxError):
    """What was asked for does not exist (any more)."""


class InvalidInputError(InboxError):
    """What was given cannot be accepted; nothing was changed."""


class PermissionDeniedError(InboxError):
    """The user's role does not allow it."""


class StoreError(InboxError):
    """The database cannot be opened, read or written."""


class SecretStoreError(InboxError):
    """The operating system's secret store is absent, locked or not trustworthy."""
