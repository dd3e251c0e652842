"""What can be refused, in the words of the contract's error table.

Use cases raise these; only the API layer knows that they become HTTP answers.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class Refusal(Exception):
    """A refusal that the caller is told about.

    ``code`` and ``status`` are the contract's; ``message`` is safe to show to anyone; ``details`` and
    ``headers`` go into the answer as they are.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    message: ClassVar[str] = "An unexpected error occurred"

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.text = message or self.message
        self.details = dict(details) if details else None
        self.headers = dict(headers or {})
        super().__init__(self.text)


class InvalidRequest(Refusal):
    code, status, message = "validation_error", 400, "Request validation failed"


class IdempotencyKeyRequired(Refusal):
    code, status, message = "idempotency_key_required", 400, "This deployment requires an Idempotency-Key header"


class Unauthorized(Refusal):
    code, status, message = "unauthorized", 401, "Missing or invalid credentials"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Refusal):
    code, status, message = "forbidden", 403, "You do not have permission to access this resource"


class NotFound(Refusal):
    code, status, message = "not_found", 404, "Resource not found"


class MethodNotAllowed(Refusal):
    code, status, message = "method_not_allowed", 405, "Method not allowed"

    def __init__(self, allowed: str) -> None:
        super().__init__(headers={"Allow": allowed})


class Conflict(Refusal):
    code, status, message = "conflict", 409, "Resource conflict"


class Gone(Refusal):
    code, status, message = "gone", 410, "This link has expired or was withdrawn"


class PayloadTooLarge(Refusal):
    code, status, message = "payload_too_large", 413, "Request body is too large"


class UnsupportedMediaType(Refusal):
    code, status, message = "unsupported_media_type", 415, "Request body must be application/json"


class InvalidBody(Refusal):
    code, status, message = "body_validation_error", 422, "Request body did not match the expected schema"


class _RetryLater(Refusal):
    def __init__(self, retry_after: int) -> None:
        super().__init__(details={"retry_after": retry_after}, headers={"Retry-After": str(retry_after)})


class RateLimited(_RetryLater):
    code, status, message = "rate_limit_exceeded", 429, "Per-minute rate limit exceeded"


class ServiceUnavailable(_RetryLater):
    code, status, message = "service_unavailable", 503, "Service temporarily unavailable, please retry"

    def __init__(self, *, cause: str = "") -> None:
        """``cause`` is for the log, not for the caller."""
        super().__init__(retry_after=2)
        self.cause = cause
