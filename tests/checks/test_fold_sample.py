"""What the roll-up answers where it is given a run file to fold, and keeps nothing."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from functions.release_check.app import FOLDED
from functions.roll_up import app

from report_shares.rules.snapshot import build_snapshot
from report_shares.use_cases import fold_sample
from tests.handlers.calls import recorded
from tests.world import NOON, Json, World, event

CONTEXT = SimpleNamespace(
    function_name="roll-up", memory_limit_in_mb=1769, invoked_function_arn="arn", aws_request_id="id"
)


@pytest.fixture
def sample() -> Json:
    found: Json = event("fold_sample")["sample"]
    return found


def test_the_deployed_function_folds_a_sample_without_a_call(
    world: World, sample: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_service", lambda: world.roll_up)

    with recorded() as calls:
        answer = app.lambda_handler({"sample": sample}, cast("LambdaContext", CONTEXT))

    assert answer == FOLDED
    assert calls == []


def test_a_function_whose_settings_are_missing_folds_no_sample(sample: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages would fail there too, so a check has to see it."""
    monkeypatch.delenv("DEAD_LETTER_QUEUE_URL", raising=False)
    app._service.cache_clear()

    with pytest.raises(ValueError, match="is not set"):
        app.lambda_handler({"sample": sample}, cast("LambdaContext", CONTEXT))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"object": "invoice"}, "object: is not scheduled_report.run"),
        ({"regions": None}, "regions: is no list"),
        ({"completed_at": None}, "completed_at: is missing"),
        ({"id": "another"}, "id: is not c1b7d1de-43b5-4f0c-8f5e-2f4b5a7f9e60, which this place is for"),
    ],
)
def test_a_sample_that_would_be_refused_is_answered_with_the_reason(
    sample: Json, change: dict[str, Any], reason: str
) -> None:
    sample["run_file"] |= change

    assert app.sample_folded(sample, NOON) == {"refused": reason}


def test_a_sample_under_a_key_that_no_run_file_has_is_refused(sample: Json) -> None:
    sample["key"] = "runs/elsewhere.json"

    assert app.sample_folded(sample, NOON) == {
        "refused": "the key is not runs/{scheduled_report_id}/{run_id}.json[.gz]"
    }


def test_a_sample_of_a_run_that_is_not_completed_adds_up_to_nothing(sample: Json) -> None:
    sample["run_file"]["status"] = "failed"

    assert app.sample_folded(sample, NOON) is None


def test_what_is_counted_is_what_the_report_would_say(sample: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_answer_lost(*given: Any) -> Any:
        snapshot = build_snapshot(*given)
        snapshot["stats"]["answers_count"] -= 1
        return snapshot

    monkeypatch.setattr(fold_sample, "build_snapshot", one_answer_lost)

    assert app.sample_folded(sample, NOON) == FOLDED | {"answers_count": 3}
