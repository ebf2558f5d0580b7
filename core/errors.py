"""What domain operations raise; `core.web` turns each into a form message or a page."""


class DomainError(Exception):
    """An operation refuses. The message is for the user, in the user's language.

    `field` names the form field it belongs to; without one it is shown above the form.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Conflict(DomainError):
    """Somebody else was first: the record is no longer what the user saw."""


class NotFound(Exception):
    """There is no such record, or this user may not know that there is."""


class NotAllowed(Exception):
    """The user may know the record, but not do this to it."""
