"""What can be refused, in the words of the contract's error table.

Rules and use cases raise these; ``api/error_responses.py`` alone knows what they are in HTTP.

    Refusal                     a defect of ours
    ├── InvalidRequest
    │   ├── ScheduleFull
    │   └── IdempotencyKeyRequired
    ├── Unauthorized
    ├── PasswordRequired
    ├── Forbidden
    ├── NotFound
    ├── MethodNotAllowed
    ├── Conflict
    │   └── Contention
    ├── Gone
    ├── PayloadTooLarge
    ├── UnsupportedMediaType
    ├── InvalidBody
    ├── RateLimited
    └── ServiceUnavailable
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar


class Refusal(Exception):
    """A refusal that the caller is told about.

    ``code`` is the contract's; ``message`` is safe to show to anyone; ``details`` go into the answer as they are.
    """

    code: ClassVar[str] = "internal_error"
    message: ClassVar[str] = "An unexpected error occurred"

    def __init__(self, message: str | None = None, *, details: Mapping[str, Any] | None = None) -> None:
        self.text = message or self.message
        self.details = dict(details) if details else None
        super().__init__(self.text)


class InvalidRequest(Refusal):
    code, message = "validation_error", "Request validation failed"


class ScheduleFull(InvalidRequest):
    """The schedule has as many active shares as it may have; ``own`` of them are the caller's."""

    def __init__(self, cap: int, active: int, own: int) -> None:
        super().__init__(
            f"This scheduled report already has {active} active shares, the most it may have",
            details={"max_active_shares": cap, "active_shares": active, "caller_active_shares": own},
        )


class IdempotencyKeyRequired(InvalidRequest):
    code, message = "idempotency_key_required", "This deployment requires an Idempotency-Key header"


class Unauthorized(Refusal):
    code, message = "unauthorized", "Missing or invalid credentials"


class PasswordRequired(Refusal):
    code, message = "password_required", "This link has a password"


class Forbidden(Refusal):
    code, message = "forbidden", "You do not have permission to access this resource"


class NotFound(Refusal):
    code, message = "not_found", "Resource not found"


class MethodNotAllowed(Refusal):
    code, message = "method_not_allowed", "Method not allowed"

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__()
        self.allowed = tuple(allowed)


class Conflict(Refusal):
    code, message = "conflict", "Resource conflict"


class Contention(Conflict):
    """Others kept changing the same thing; ``retries`` attempts were made after the first."""

    def __init__(self, retries: int) -> None:
        super().__init__("Too many changes at once, please retry")
        self.retries = retries


class Gone(Refusal):
    code, message = "gone", "This link has expired or was withdrawn"


class PayloadTooLarge(Refusal):
    code, message = "payload_too_large", "Request body is too large"


class UnsupportedMediaType(Refusal):
    code, message = "unsupported_media_type", "Request body must be application/json"


class InvalidBody(Refusal):
    code, message = "body_validation_error", "Request body did not match the expected schema"


class RateLimited(Refusal):
    """``retry_after`` in seconds."""

    code, message = "rate_limit_exceeded", "Per-minute rate limit exceeded"

    def __init__(self, retry_after: int) -> None:
        super().__init__(details={"retry_after": retry_after})


class ServiceUnavailable(Refusal):
    """``cause`` is for the log, not for the caller."""

    code, message = "service_unavailable", "Service temporarily unavailable, please retry"

    def __init__(self, *, cause: str = "") -> None:
        super().__init__(details={"retry_after": 2})
        self.cause = cause
