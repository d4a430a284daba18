"""What can go wrong."""

from __future__ import annotations

from typing import Optional


class TaskError(Exception):
    """Fails the task: raise it in a handler. `name` is what `retry.on` of the pipeline matches."""

    def __init__(self, name: str, cause: str = "", *, retry_after: Optional[float] = None) -> None:
        super().__init__(f"{name}: {cause}" if cause else name)
        self.name = name
        self.cause = cause
        #: Seconds before the next attempt, if there is one.
        self.retry_after = retry_after


class Cancelled(Exception):
    """The task is not wanted any more: what the handler returns is thrown away."""


class Unreachable(Exception):
    """The server does not answer now; it may later."""


class Refused(Exception):
    """The server refuses, and would again."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}" if code else f"{status}: {message}")
        self.status = status
        self.code = code
