"""Each event of ``events/``, handed to its function by `sam local invoke`, is answered as the functions here do."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from functions.release_check.app import FOLDED

from local_service.sam_local import SamLocal
from tests.handlers.runs import run
from tests.handlers.test_events import API_ROWS, GIVEN, RUN_ROWS, Row
from tests.sam_local.conftest import Outside
from tests.world import BRAND_ID, SCHEDULE_ID, Answer, Json, event

# One row for each event; the others differ in what is given, which the tests of the handlers go through.
ROWS = {row.name: row for row in reversed(API_ROWS)}
_AT_ONCE = 2


# What differs between two answers to the same request, each to a caller of its own; all else is compared.
_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d\.\d{3}Z)?")
_SHARE_URL = re.compile(r"https?://[\w.:-]+/(?:[\w-]+/)*shared/[\w-]{51}(?![\w-])")
_TOKEN = re.compile(r"(?<![\w-])[\w-]{51}(?![\w-])")
_SAME_IDS = {str(BRAND_ID), str(SCHEDULE_ID)}
# A digest of all that the page shows, times included; what a rolling minute holds.
_CHANGING_HEADERS = {"ETag", "RateLimit-Remaining", "RateLimit-Reset"}


def without_what_differs(text: str) -> str:
    """Ids, times, tokens and links each become a word of their kind."""
    text = _SHARE_URL.sub("a share_url", text)
    text = _TIME.sub("a time", _TOKEN.sub("a token", text))
    return _ID.sub(lambda found: found[0] if found[0] in _SAME_IDS else "an id", text)


def comparable(status: int, headers: dict[str, str], body: str) -> Json:
    return {
        "status": status,
        "headers": {
            name: "changes" if name in _CHANGING_HEADERS else without_what_differs(value)
            for name, value in headers.items()
        },
        "body": without_what_differs(body),
    }


@pytest.fixture(scope="module")
def answers(sam: SamLocal, outside: Outside) -> dict[str, tuple[Json, Answer]]:
    """Of the containers and of this process, each to a caller of its own in the same position."""

    def here(row: Row) -> Answer:
        function: Any = {"ShareApiFunction": outside.share_api, "SharedReportFunction": outside.shared_report}
        return outside.send(function[row.function], event(row.name, **GIVEN[row.given](outside)))

    def prepared(row: Row) -> str:
        return json.dumps(event(row.name, **GIVEN[row.given](outside)))

    expected = {name: here(row) for name, row in ROWS.items()}
    events = {name: prepared(row) for name, row in ROWS.items()}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        given = {name: pool.submit(sam.invoke, ROWS[name].function, text) for name, text in events.items()}
        return {name: (answer.result(), expected[name]) for name, answer in given.items()}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_an_event_is_answered_in_a_container_as_it_is_here(answers: dict[str, tuple[Json, Answer]], name: str) -> None:
    container, here = answers[name]
    headers = {field: values[0] for field, values in container["multiValueHeaders"].items()}

    assert container["statusCode"] == int(ROWS[name].answer)
    assert comparable(container["statusCode"], headers, container["body"]) == comparable(
        here.status, here.headers, here.text
    )
    assert UUID(headers["X-Correlation-ID"])


@pytest.mark.parametrize("row", RUN_ROWS, ids=lambda row: row.given)
def test_the_arrival_of_a_run_file_is_folded_in_a_container(sam: SamLocal, outside: Outside, row: Row) -> None:
    arrival = event(row.name, BUCKET="reports")
    key = json.loads(arrival["Records"][0]["body"])["detail"]["object"]["key"]
    run_id = key.rpartition("/")[2].removesuffix(".json")
    body = {"a completed run": json.dumps(run(1, id=run_id)), "a broken file": "{"}[row.given]
    outside.s3.put_object(Bucket="reports", Key=key, Body=body.encode())

    assert sam.invoke(row.function, json.dumps(arrival)) == {"batchItemFailures": []}

    (outcome,) = [item for item in outside.items() if item["sk"]["S"] == f"RUN#{run_id}"]
    assert outcome["pk"]["S"] == f"SCHEDULE#{SCHEDULE_ID}"
    assert outcome["status"]["S"] == row.answer


def test_a_sample_is_folded_in_a_container(sam: SamLocal) -> None:
    assert sam.invoke("RollUpFunction", json.dumps(event("fold_sample"))) == FOLDED
