"""Several items in one call, and what DynamoDB leaves out of its answers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest

from report_shares.refusals import ServiceUnavailable
from report_shares.store.batch_read import read_items, read_together
from report_shares.store.share_table import ShareTable
from tests.world import Json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def key(name: str) -> Json:
    return {"pk": {"S": f"SHARE#{name}"}, "sk": {"S": name}}


def item(name: str) -> Json:
    return {**key(name), "revision": {"N": "1"}}


def answer(found: Iterable[str], left_out: Iterable[str] = ()) -> Json:
    """As DynamoDB writes it: a table of which nothing was read is in no answer."""
    items, later = [item(name) for name in found], [key(name) for name in left_out]
    return {
        "Responses": {"shares": items} if items else {},
        "UnprocessedKeys": {"shares": {"Keys": later, "ConsistentRead": True}} if later else {},
    }


class Table:
    """Gives these answers in turn, the last one for ever; remembers what was asked for."""

    def __init__(self, *answers: Json) -> None:
        self._answers = list(answers)
        self.asked: list[Any] = []

    def batch_get_item(self, **asked: Any) -> Json:
        self.asked.append(asked["RequestItems"])
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    @property
    def client(self) -> "DynamoDBClient":
        return cast("DynamoDBClient", self)


@pytest.mark.parametrize("consistent", [True, False])
def test_what_is_left_out_is_asked_for_again_and_nothing_else(no_waiting: list[float], consistent: bool) -> None:
    table = Table(answer("a", left_out="bc"), answer("", left_out="bc"), answer("cb"))

    found = read_items(table.client, "shares", [key(name) for name in "abc"], consistent=consistent)

    assert found == [item(name) for name in "acb"]
    assert table.asked == [
        {"shares": {"Keys": [key(name) for name in names], "ConsistentRead": consistent}}
        for names in ("abc", "bc", "bc")
    ]
    assert len(no_waiting) == 2


def test_what_is_complete_is_asked_for_once_and_consistently_unless_otherwise_said(no_waiting: list[float]) -> None:
    table, keys = Table(answer("a")), [key("a"), key("b")]

    assert read_items(table.client, "shares", keys) == [item("a")]
    assert read_together(table.client, "shares", keys) == {"a": item("a")}
    assert read_together(table.client, "shares", keys, consistent=False) == {"a": item("a")}
    asked = [{"shares": {"Keys": keys, "ConsistentRead": consistent}} for consistent in (True, True, False)]
    assert table.asked == asked
    assert no_waiting == []


def test_what_never_is_complete_is_given_up_after_three_calls_and_short_waits(no_waiting: list[float]) -> None:
    table = Table(answer("a", left_out="b"))

    with pytest.raises(ServiceUnavailable) as gave_up:
        read_items(table.client, "shares", [key("a"), key("b")])

    assert gave_up.value.cause == "BatchGetItem: UnprocessedKeys"
    assert len(table.asked) == 3
    assert len({*no_waiting}) == 2  # at random, so that two callers do not meet again
    assert max(no_waiting) <= 0.1


def test_fifty_shares_with_their_views_are_one_call_and_one_more_is_two() -> None:
    for shares, calls in ((50, [100]), (51, [100, 2])):
        table = Table(answer(""))

        assert ShareTable(table.client, "shares").get_shares([UUID(int=number) for number in range(shares)]) == {}
        assert [len(asked["shares"]["Keys"]) for asked in table.asked] == calls
