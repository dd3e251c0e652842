"""Idempotency keys: what of a request may be seen."""

from report_shares.rules.idempotency import IdempotencyKey


def test_a_key_never_shows_the_request_whose_body_may_hold_secrets() -> None:
    shown = repr(IdempotencyKey.of("order-66", "POST", "/shares", '{"company_name": "not announced yet"}'))

    assert "order-66" in shown
    assert "not announced yet" not in shown
