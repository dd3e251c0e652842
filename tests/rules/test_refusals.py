"""What can be refused, in the contract's words; what each is in HTTP, the handlers' tests say."""

from collections.abc import Callable

import pytest

from report_shares.refusals import (
    Conflict,
    Contention,
    Forbidden,
    Gone,
    IdempotencyKeyRequired,
    InvalidBody,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    PasswordRequired,
    PayloadTooLarge,
    RateLimited,
    Refusal,
    ScheduleFull,
    ServiceUnavailable,
    Unauthorized,
    UnsupportedMediaType,
)


@pytest.mark.parametrize(
    ("made", "code", "text"),
    [
        (Refusal, "internal_error", "An unexpected error occurred"),
        (InvalidRequest, "validation_error", "Request validation failed"),
        (
            IdempotencyKeyRequired,
            "idempotency_key_required",
            "This deployment requires an Idempotency-Key header",
        ),
        (Unauthorized, "unauthorized", "Missing or invalid credentials"),
        (PasswordRequired, "password_required", "This link has a password"),
        (Forbidden, "forbidden", "You do not have permission to access this resource"),
        (NotFound, "not_found", "Resource not found"),
        (lambda: MethodNotAllowed([]), "method_not_allowed", "Method not allowed"),
        (Conflict, "conflict", "Resource conflict"),
        (lambda: Contention(7), "conflict", "Too many changes at once, please retry"),
        (Gone, "gone", "This link has expired or was withdrawn"),
        (PayloadTooLarge, "payload_too_large", "Request body is too large"),
        (UnsupportedMediaType, "unsupported_media_type", "Request body must be application/json"),
        (InvalidBody, "body_validation_error", "Request body did not match the expected schema"),
    ],
)
def test_a_refusal_has_a_code_and_a_text_of_its_own(made: Callable[[], Refusal], code: str, text: str) -> None:
    refusal = made()

    assert (refusal.code, refusal.text, refusal.details) == (code, text, None)


def test_a_refusal_may_have_another_text_and_details() -> None:
    refusal = Forbidden("This key is restricted to other brands", details={"brands": 2})

    assert (refusal.text, refusal.details) == ("This key is restricted to other brands", {"brands": 2})


def test_some_refusals_say_more() -> None:
    full, busy, later = ScheduleFull(50, 50, 3), RateLimited(17), ServiceUnavailable(cause="throttled")

    assert (full.code, full.text) == (
        "validation_error",
        "This scheduled report already has 50 active shares, the most it may have",
    )
    assert full.details == {"max_active_shares": 50, "active_shares": 50, "caller_active_shares": 3}
    assert (busy.code, busy.text) == ("rate_limit_exceeded", "Per-minute rate limit exceeded")
    assert busy.details == {"retry_after": 17}
    assert (later.code, later.text) == ("service_unavailable", "Service temporarily unavailable, please retry")
    assert later.details is not None
    assert later.details.keys() == {"retry_after"}
    assert (later.cause, ServiceUnavailable().cause) == ("throttled", "")
    assert MethodNotAllowed(["GET", "HEAD"]).allowed == ("GET", "HEAD")
    assert Contention(7).retries == 7
