"""What all refusals of the API have in common."""

from uuid import UUID

from tests.world import Answer


def assert_refused(answer: Answer, status: int, code: str, message: str | None = None) -> None:
    assert (answer.status, answer.error["code"]) == (status, code)
    assert answer.error["message"]
    assert message in {None, answer.error["message"]}
    assert answer.json["request_id"] == answer.request_id == answer.headers["X-Correlation-ID"]
    assert UUID(answer.json["request_id"])
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.json) == {"error", "request_id"}
