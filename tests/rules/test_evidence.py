"""Of each prompt of the latest run, one answer that names the brand and one that does not, as proof."""

from hashlib import sha256

import pytest

from report_shares.contract.snapshot import EvidenceRow
from report_shares.rules import evidence
from report_shares.rules.snapshot import build_snapshot
from tests.rules.runs import ACME, RUN_ID, Json, answer, business, folded, part, prompt_id, run_of


def _evidence(*runs: Json) -> list[EvidenceRow]:
    return build_snapshot(folded(*runs), ACME)["evidence"]


def _cells(prompt: int, samples: int) -> list[Json]:
    return [
        answer(prompt, f"platform {at}", brand_appears=at % 2 == 0, answer_text=f"Answer {at}.")
        for at in range(samples)
    ]


def test_evidence_is_an_answer_with_all_that_is_known_of_it() -> None:
    row = _evidence(
        run_of(
            answer(
                brand_appears=True,
                rank=2,
                businesses=[business("Zed", 1), business("ACME", 2), business("zed")],
                answer_text="Zed, then Acme.",
                model=" m-1 ",
                answered_at="2026-01-01T09:00:00+01:00",
            )
        )
    )
    assert row == [
        {
            "prompt": "prompt 0",
            "platform": "ChatGPT",
            "region": "United States, English",
            "model": "m-1",
            "answered_at": "2026-01-01T08:00:00.000Z",
            "brand_appears": True,
            "rank": 2,
            "businesses": ["zed", "Acme Coffee Roasters"],
            "excerpt": "Zed, then Acme.",
        }
    ]


def test_each_prompt_has_a_win_and_a_miss_where_there_are_such() -> None:
    run = run_of(*_cells(0, 6), answer(1), answer(2, brand_appears=True))
    assert [(row["prompt"], row["brand_appears"]) for row in _evidence(run)] == [
        ("prompt 2", True),
        ("prompt 0", True),
        ("prompt 0", False),
        ("prompt 1", False),
    ]


def test_which_answer_it_is_depends_on_the_run_and_not_on_the_order_or_the_content_of_answers() -> None:
    cells = _cells(0, 20)
    chosen = {row["excerpt"] for row in _evidence(run_of(*cells))}
    assert {row["excerpt"] for row in _evidence(run_of(*reversed(cells)))} == chosen
    assert {
        row["excerpt"] for row in _evidence(run_of(*(cell | {"rank": 1, "businesses": ["Zed"]} for cell in cells)))
    } == chosen
    assert {row["excerpt"] for number in range(1, 9) for row in _evidence(run_of(*cells, number=number))} > chosen


def test_it_is_the_answer_whose_run_and_cell_have_the_least_digest() -> None:
    (row,) = _evidence(run_of(*(answer(platform=f"platform {at}", answer_text=f"Answer {at}.") for at in range(20))))

    def digest(at: int) -> str:
        cell = (str(RUN_ID), "united states, english", prompt_id(0), "prompt 0", f"platform{at}")
        return sha256("\n".join(cell).encode()).hexdigest()

    assert row["excerpt"] == f"Answer {min(range(20), key=digest)}."


def test_of_the_samples_of_a_cell_the_first_of_the_file_is_shown() -> None:
    (row,) = _evidence(run_of(answer(answer_text="First."), answer(answer_text="Second.")))
    assert row["excerpt"] == "First."


def test_evidence_is_of_the_latest_run_that_has_answers() -> None:
    runs = (
        run_of(answer(0, answer_text="Old.")),
        run_of(answer(0, answer_text="New."), number=2, day=2),
        run_of(number=3, day=3),
    )
    for order in (runs, runs[::-1]):
        assert [row["excerpt"] for row in _evidence(*order)] == ["New."]


def test_prompts_that_the_latest_run_did_not_ask_have_none() -> None:
    assert [row["prompt"] for row in _evidence(run_of(answer(0)), run_of(answer(1), number=2, day=2))] == ["prompt 1"]


def test_a_hundred_prompts_have_evidence() -> None:
    assert len(_evidence(run_of(*(answer(at) for at in range(150))))) == 100


def test_of_many_businesses_the_first_are_shown() -> None:
    (row,) = _evidence(run_of(answer(businesses=[f"Roastery {at}" for at in range(50)])))
    assert row["businesses"] == [f"Roastery {at}" for at in range(20)]


def test_a_brand_that_is_listed_but_does_not_appear_is_not_among_the_businesses() -> None:
    (row,) = _evidence(run_of(answer(businesses=["Acme", "Zed"])))
    assert row["businesses"] == ["Zed"]


@pytest.mark.parametrize("odd", [None, 7, [], "", {"text": "Acme"}, "\u200b"])
def test_what_is_no_text_is_no_excerpt_and_nothing_else_changes(odd: object) -> None:
    (row,) = _evidence(run_of(answer(answer_text=odd, model=odd, answered_at=odd)))
    assert (row["excerpt"], row["model"], row["answered_at"]) == (None, None, None)


def test_what_is_kept_of_answers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MAX_PACKED_BYTES", 5_000)
    rows = _evidence(run_of(*(answer(at, answer_text="words " * 100) for at in range(50))))
    assert 5 < len(rows) < 12


def test_what_is_kept_of_answers_never_takes_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(*(answer(at, answer_text="words") for at in range(50)))
    (whole,) = part(run).evidence.values()
    monkeypatch.setattr(evidence, "MAX_PACKED_BYTES", len(whole) - 1)
    (bounded,) = part(run).evidence.values()

    assert len(whole) / 2 < len(bounded) < len(whole)
