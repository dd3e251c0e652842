"""What changed between the last two runs is told like for like."""

from typing import Any

import pytest

from report_shares.contract.snapshot import Changes
from report_shares.rules import samples
from report_shares.rules.samples import RunSamples, unpack
from report_shares.rules.snapshot import build_snapshot
from tests.rules.runs import ACME, Json, answer, business, citation, folded, part, region, run_of, run_of_regions


def _changes(*runs: Json) -> Changes:
    changes = build_snapshot(folded(*runs), ACME)["changes"]
    assert changes is not None
    return changes


def _named(*appearances: bool, **changes: Any) -> list[Json]:
    """The samples of one cell."""
    return [answer(brand_appears=appears, **changes) for appears in appearances]


def _second(*answers: Json) -> Json:
    return run_of(*answers, number=2, day=2)


def test_a_platform_that_joins_late_is_no_progress() -> None:
    before = run_of(answer(0), answer(1))
    now = _second(answer(0), answer(1), answer(0, "gemini", brand_appears=True))

    changes = _changes(before, now)

    assert (changes["compared_cells"], changes["only_before"], changes["only_now"]) == (2, 0, 1)
    assert (changes["visibility_before"], changes["visibility_now"]) == (0.0, 0.0)
    assert [row["name"] for row in changes["platforms"]] == ["ChatGPT"]


def test_a_region_that_failed_is_told_and_not_compared() -> None:
    asked = answer(0, brand_appears=True), answer(1)
    before = run_of_regions(region(*asked, name="France"), region(*asked, name="Japan"))
    now = run_of_regions(region(*asked, name="France"), region(*asked, name="Japan", status="failed"), number=2, day=2)

    changes = _changes(before, now)

    assert (changes["compared_cells"], changes["only_before"], changes["only_now"]) == (2, 2, 0)
    assert [row["name"] for row in changes["regions"]] == ["France"]


def test_a_prompt_that_was_reworded_is_another_one() -> None:
    changes = _changes(
        run_of(answer(0), answer(1)), _second(answer(0), answer(1, prompt="reworded", brand_appears=True))
    )

    assert (changes["compared_cells"], changes["only_before"], changes["only_now"]) == (1, 1, 1)
    assert (changes["won"], changes["prompts"]) == (0, [])


def test_of_a_cell_asked_more_often_the_first_samples_count() -> None:
    changes = _changes(run_of(*_named(True, False)), _second(*_named(False, False, True, True)))

    assert (changes["visibility_before"], changes["visibility_now"]) == (50.0, 0.0)
    assert (changes["won"], changes["lost"]) == (0, 1)


def test_a_rate_is_the_mean_over_cells_however_often_each_was_asked() -> None:
    often = _named(*[True] * 9)
    changes = _changes(run_of(*often, answer(1)), _second(*often, answer(1)))

    assert changes["visibility_now"] == 50.0


@pytest.mark.parametrize(("won", "is_significant", "p_value"), [(5, False, 0.0625), (6, True, 0.0312)])
def test_a_change_is_significant_when_the_sign_test_says_so(won: int, is_significant: bool, p_value: float) -> None:
    before = run_of(*(answer(at) for at in range(8)))
    now = _second(*(answer(at, brand_appears=at < won) for at in range(8)))

    changes = _changes(before, now)

    assert (changes["won"], changes["lost"]) == (won, 0)
    assert (changes["p_value"], changes["is_significant"]) == (p_value, is_significant)


def test_the_ten_prompts_that_rose_most_come_first_then_the_ten_that_fell_most() -> None:
    def cells(rises: bool) -> list[Json]:
        return [
            answer(at, brand_appears=(sample < at % 13) if rises is (at < 13) else False)
            for at in range(26)
            for sample in range(12)
        ]

    prompts = _changes(run_of(*cells(rises=False)), _second(*cells(rises=True)))["prompts"]

    assert [row["prompt"] for row in prompts] == [
        *(f"prompt {at}" for at in range(12, 2, -1)),
        *(f"prompt {at}" for at in range(25, 15, -1)),
    ]
    assert prompts[0] == {"prompt": "prompt 12", "before": 0.0, "now": 100.0, "won": 1, "lost": 0}
    assert prompts[-1] == {"prompt": "prompt 16", "before": 25.0, "now": 0.0, "won": 0, "lost": 1}


def test_platforms_sort_by_their_rate_now_and_then_by_name_whatever_its_case() -> None:
    before = [answer(platform=platform) for platform in "aBc" for _ in range(3)]
    now = [
        answer(platform=platform, brand_appears=platform == "c" and at == 0) for platform in "aBc" for at in range(3)
    ]

    assert _changes(run_of(*before), _second(*now))["platforms"] == [
        {"name": "c", "before": 0.0, "now": 33.3, "won": 1, "lost": 0},
        {"name": "a", "before": 0.0, "now": 0.0, "won": 0, "lost": 0},
        {"name": "B", "before": 0.0, "now": 0.0, "won": 0, "lost": 0},
    ]


def test_prompts_that_moved_alike_sort_by_their_text_whatever_its_case() -> None:
    before = [answer(at, prompt=text) for at, text in enumerate(["b", "B", "a"])]
    now = [cell | {"brand_appears": True} for cell in before]

    assert [row["prompt"] for row in _changes(run_of(*before), _second(*now))["prompts"]] == ["a", "B", "b"]


def test_competitors_sort_by_how_often_both_runs_name_them_and_then_by_name() -> None:
    before = run_of(*(answer(at, businesses=names) for at, names in enumerate([["x"], ["x"], ["x", "B", "a"]])))
    now = _second(*(answer(at, businesses=names) for at, names in enumerate([["y"], ["y"], []])))

    assert [row["name"] for row in _changes(before, now)["competitors"]] == ["x", "y", "a", "B"]


def test_competitors_are_those_most_named_in_the_compared_answers_the_brand_among_them() -> None:
    zed, bean = business("Zed"), business("Bean Co")
    before = run_of(answer(0, businesses=[zed, bean]), answer(1, businesses=[zed]), answer(2, businesses=[bean]))
    now = _second(answer(0, businesses=[zed], brand_appears=True), answer(1, businesses=["zed", "ZED"]))

    assert _changes(before, now)["competitors"] == [
        {"name": "ZED", "before": 100.0, "now": 100.0, "is_brand": False},
        {"name": "Acme Coffee Roasters", "before": 0.0, "now": 50.0, "is_brand": True},
        {"name": "Bean Co", "before": 50.0, "now": 0.0, "is_brand": False},
    ]


def test_domains_are_gained_and_lost_among_the_compared_answers() -> None:
    once, twice = citation("https://once.example/"), citation("https://www.twice.example/")
    kept, apart = citation("https://kept.example/"), citation("https://apart.example/")
    before = run_of(answer(0, citations=[kept]), answer(1, citations=[apart]))
    now = _second(answer(0, citations=[once, twice, twice, kept]))

    assert _changes(before, now)["domains"] == {"gained": ["twice.example", "once.example"], "lost": []}
    assert _changes(now | {"completed_at": "2026-01-01T00:00:00Z"}, before)["domains"] == {
        "gained": [],
        "lost": ["twice.example", "once.example"],
    }


def test_ten_competitors_and_ten_domains_of_each_sort_are_told() -> None:
    def cited(kind: str) -> Json:
        return answer(
            businesses=[business(f"{at:02d}") for at in range(12)],
            citations=[citation(f"https://{kind}{at:02d}.example/") for at in range(12)],
        )

    changes = _changes(run_of(cited("lost")), _second(cited("gained")))

    assert [row["name"] for row in changes["competitors"]] == [f"{at:02d}" for at in range(10)]
    assert changes["domains"] == {kind: [f"{kind}{at:02d}.example" for at in range(10)] for kind in ("gained", "lost")}


def test_runs_without_answers_are_passed_over() -> None:
    nothing = run_of(number=3, day=3)
    changes = _changes(run_of(answer()), _second(answer(brand_appears=True)), nothing)

    assert (changes["since"], changes["until"]) == ("2026-01-01T08:30:00.000Z", "2026-01-02T08:30:00.000Z")


@pytest.mark.parametrize(
    "runs",
    [[], [run_of(answer())], [run_of(answer()), run_of(number=2, day=2)], [run_of(answer(0)), _second(answer(1))]],
)
def test_without_two_runs_that_asked_the_same_there_are_no_changes(runs: list[Json]) -> None:
    assert build_snapshot(folded(*runs), ACME)["changes"] is None


def _samples(run: Json) -> RunSamples:
    (packed,) = part(run).samples.values()
    return unpack(packed)


def test_of_more_cells_than_fit_each_run_keeps_the_same_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MAX_PACKED_BYTES", 10_000)
    few = [answer(at, brand_appears=True) for at in range(100)]
    before, now = run_of(*few, *(answer(at) for at in range(100, 300))), _second(*few)

    sizes = [len(_samples(run).cells) for run in (before, now)]
    changes = _changes(before, now)

    assert 50 < sizes[0] < 300
    assert sizes[1] == 100
    assert 10 < changes["compared_cells"] < 50
    assert changes["compared_cells"] + changes["only_before"] == sizes[0]
    assert changes["only_now"] == 0


_LONG = [".".join([f"{at:060d}"] * 3) + ".example" for at in range(100)]


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([answer(at, businesses=[name]) for at, name in enumerate(_LONG)], id="names"),
        pytest.param([answer(at, businesses=[f"{at}{chr(34) * 200}"]) for at in range(100)], id="quotation marks"),
        pytest.param([answer(at, citations=[f"https://{name}/"]) for at, name in enumerate(_LONG)], id="domains"),
        pytest.param([answer(at, citations=["https://a.example/"] * 200) for at in range(100)], id="citations"),
        pytest.param([answer(at) for at in range(100) for _ in range(40)], id="samples"),
    ],
)
def test_what_is_kept_of_samples_never_takes_more_than_it_may(
    monkeypatch: pytest.MonkeyPatch, answers: list[Json]
) -> None:
    monkeypatch.setattr(samples, "MAX_PACKED_BYTES", 10_000)
    (packed,) = part(run_of(*answers)).samples.values()
    assert 1_000 < len(packed) <= 10_000


def test_samples_that_just_fit_are_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(*(answer(at) for at in range(100)))
    (whole,) = part(run).samples.values()
    for less, all_kept in ((0, True), (1, False)):
        monkeypatch.setattr(samples, "MAX_PACKED_BYTES", len(whole) - less)
        (packed,) = part(run).samples.values()
        assert (packed == whole) is all_kept


def test_the_ten_most_frequent_models_are_told_equals_by_name() -> None:
    few = run_of(*(answer(at, model=model) for at, model in enumerate(["b", "a", "z", "z"])))
    many = run_of(*(answer(at, model=f"{at:02d}") for at in range(12)))

    assert _samples(few).models == ["z", "a", "b"]
    assert _samples(many).models == [f"{at:02d}" for at in range(10)]


@pytest.mark.parametrize("lengths", [(60, 30), (30, 60)])
def test_a_cell_that_one_run_had_no_room_for_is_not_told_as_asked_in_the_other_alone(
    monkeypatch: pytest.MonkeyPatch, lengths: tuple[int, int]
) -> None:
    monkeypatch.setattr(samples, "MAX_PACKED_BYTES", 10_000)
    before, now = ([answer(at, businesses=[f"{at:0{length}d}"]) for at in range(100)] for length in lengths)

    few, more = sorted(len(_samples(run_of(*cells)).cells) for cells in (before, now))
    changes = _changes(run_of(*before), _second(*now))

    assert few < more < 100
    assert (changes["compared_cells"], changes["only_before"], changes["only_now"]) == (few, 0, 0)


def test_what_is_packed_is_read_back_whole() -> None:
    run = run_of(
        *_named(True, False, businesses=["Zed"], citations=[citation("https://a.example/"), citation("//a.example/b")]),
        answer(1, "gemini", model="m-2"),
        answer(1, "gemini", model="m-1"),
        answer(1, "gemini", model="m-1"),
    )
    found = _samples(run)

    assert (found.per_cell, found.models, found.below) == ((2, 3), ["m-1", "m-2"], None)
    first = next(cell for cell in found.cells if cell.platform == "chatgpt")
    assert [(one.appears, one.businesses, one.domains) for one in found.cells[first]] == [
        (True, ("zed",), ("a.example", "a.example")),
        (False, ("zed",), ("a.example", "a.example")),
    ]
