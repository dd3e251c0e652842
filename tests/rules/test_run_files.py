"""What is accepted as a run file and as what, what of it is left out, and for what a file is refused."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report_shares.rules.left_out import UNUSABLE_ANSWERS, LeftOut, told
from report_shares.rules.pages import UNRESOLVED
from report_shares.rules.run_files import (
    MAX_RUN_BYTES,
    Answer,
    RunFileRejected,
    RunFileUpload,
    key_of,
    prefixes_of,
    unpack,
)
from report_shares.times import DAY, SECOND, milliseconds
from tests.rules.odd_values import GARBAGE
from tests.rules.runs import (
    NOW,
    RUN_ID,
    SCHEDULE_ID,
    Json,
    answer,
    business,
    citation,
    histories,
    parsed,
    prompt_id,
    read,
    region,
    run_of,
    run_of_regions,
)

_BOMB = gzip.compress(bytes(100_000_000))


def _reason(data: bytes) -> str:
    with pytest.raises(RunFileRejected) as refusal:
        read(data)
    return str(refusal.value)


def _reason_for(run: Json) -> str:
    return _reason(json.dumps(run).encode())


def _read(**changes: Any) -> tuple[Answer, Mapping[LeftOut, int]]:
    """An answer of a run as it is read, and what of the file is left out."""
    run = parsed(run_of(answer(**changes)))
    return run.regions[0].answers[0], run.left_out


def test_a_run_is_read_with_all_that_counts() -> None:
    cell = answer(
        category="Wholesale",
        brand_appears=True,
        rank=2,
        businesses=[business("Blue Bottle", 1)],
        citations=[citation("https://www.example.com/best-beans", "Best beans")],
    )
    run = parsed(run_of(cell))
    assert run.id == RUN_ID
    assert run.completed_at == milliseconds(datetime(2026, 1, 1, 8, 30, tzinfo=UTC))
    assert run.left_out == {}
    assert run.regions[0].name == "United States, English"
    found = run.regions[0].answers[0]
    assert (found.prompt_id, found.prompt, found.category) == (prompt_id(0), "prompt 0", "Wholesale")
    assert (found.platform, found.brand_appears, found.rank) == ("chatgpt", True, 2)
    assert found.businesses == [("Blue Bottle", 1)]
    assert (found.citations[0].source.domain, found.citations[0].title) == ("example.com", "Best beans")


def test_the_id_of_a_schedule_stands_in_keys_in_lower_or_upper_case() -> None:
    schedule = UUID("abcdef01-2345-4678-9abc-def012345678")
    assert prefixes_of(schedule) == (
        "runs/abcdef01-2345-4678-9abc-def012345678/",
        "runs/ABCDEF01-2345-4678-9ABC-DEF012345678/",
    )


def test_the_file_of_a_run_lies_under_its_schedule_and_says_when_it_is_gzipped() -> None:
    key = f"runs/{SCHEDULE_ID}/{RUN_ID}.json"
    assert key_of(SCHEDULE_ID, RUN_ID) == key
    assert key_of(SCHEDULE_ID, RUN_ID, gzipped=True) == f"{key}.gz"


def test_unknown_fields_are_ignored() -> None:
    cell = answer(sentiment={"score": 0.5})
    assert parsed(run_of(cell, cost=1.5)) == parsed(run_of(answer()))


@pytest.mark.parametrize("status", ["failed", "running", "partial", "complete", None, 7, ["completed"]])
def test_nothing_in_a_run_that_is_not_completed_is_looked_at(status: object) -> None:
    assert read(json.dumps(run_of(status=status, completed_at=[], regions="none")).encode()) is None


@pytest.mark.parametrize("status", ["Completed", "COMPLETED", " completed\n"])
def test_completed_is_completed_in_any_case(status: str) -> None:
    run = parsed(run_of_regions(region(answer(), status=status), status=status))
    assert len(run.regions[0].answers) == 1


@pytest.mark.parametrize("odd", [*GARBAGE, {"name": "France", "status": "failed", "answers": None}])
def test_nothing_in_a_region_that_is_not_completed_is_looked_at(odd: object) -> None:
    run = run_of_regions(region(answer()))
    assert parsed(run | {"regions": [odd, *run["regions"], odd]}) == parsed(run)


# ---- refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["share", "Scheduled_report.run", *GARBAGE])
def test_another_object_is_refused(value: object) -> None:
    assert _reason_for(run_of(object=value)) == "object: is not scheduled_report.run"


@pytest.mark.parametrize("field", ["id", "scheduled_report_id", "brand_id"])
@pytest.mark.parametrize("value", [str(UUID(int=99)), *GARBAGE])
def test_a_foreign_file_is_refused_completed_or_not(field: str, value: object) -> None:
    expected = run_of()[field]
    for status in ("completed", "failed"):
        reason = _reason_for(run_of(status=status) | {field: value})
        assert reason == f"{field}: is not {expected}, which this place is for"


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        (None, "is missing"),
        ("", "is missing"),
        ("yesterday", "is no ISO 8601 time"),
        ("1767225600", "is no ISO 8601 time"),
        (1767225600, "is no ISO 8601 time"),
        (["2026-01-01T00:00:00Z"], "is no ISO 8601 time"),
        ("2026-02-30T00:00:00Z", "is no ISO 8601 time"),
        ("1999-12-31T23:59:59.999Z", "is before 2000"),
        ("0001-01-01T00:00:00+14:00", "is before 2000"),
        ("2000-01-01T00:59:59+01:00", "is before 2000"),
        ("2062-01-01T00:00:00Z", "lies in the future"),
        ("9999-12-31T23:59:59-12:00", "lies in the future"),
        ("2027-01-01T12:00:01Z", "lies in the future"),
    ],
)
def test_a_completed_run_needs_the_time_when_it_was(time: object, reason: str) -> None:
    assert _reason_for(run_of(completed_at=time)) == f"completed_at: {reason}"


@pytest.mark.parametrize(
    ("time", "at"),
    [
        ("2000-01-01T00:00:00Z", 946_684_800_000),
        ("2027-01-01T12:00:00Z", NOW + DAY),
        ("2027-01-01T11:59:59Z", NOW + DAY - SECOND),
        ("2026-01-01T00:00:00", 1_767_225_600_000),
        ("2026-01-01 00:00:00.000", 1_767_225_600_000),
        ("2026-01-01", 1_767_225_600_000),
        (" 2026-01-01t01:00:00.1239z ", 1_767_229_200_123),
        ("2026-01-01T01:00:00.123456789+01:00", 1_767_225_600_123),
    ],
)
def test_a_time_without_a_zone_is_in_utc(time: str, at: int) -> None:
    assert parsed(run_of(completed_at=time)).completed_at == at


@pytest.mark.parametrize("regions", [None, "none", {}, 7])
def test_a_completed_run_needs_a_list_of_regions(regions: object) -> None:
    assert _reason_for(run_of(regions=regions)) == "regions: is no list"


def _with_unusable(unusable: int, usable: int) -> Json:
    return run_of_regions(
        region(*(answer(n) for n in range(usable)), name="France"),
        region(*(answer(n, brand_appears=None) for n in range(unusable)), name="Spain"),
    )


@pytest.mark.parametrize(("unusable", "usable"), [(10, 1), (11, 99), (1, 1), (0, 0), (100, 900)])
def test_a_tenth_or_ten_answers_that_cannot_be_used_cost_only_themselves(unusable: int, usable: int) -> None:
    run = parsed(_with_unusable(unusable, usable))
    assert sum(len(part.answers) for part in run.regions) == usable
    assert run.left_out[LeftOut.ANSWER_WITHOUT_APPEARANCE] == unusable


@pytest.mark.parametrize(("unusable", "usable"), [(11, 98), (101, 899), (1, 0), (11, 0)])
def test_a_file_of_whose_answers_more_than_a_tenth_and_ten_or_all_cannot_be_used_is_refused(
    unusable: int, usable: int
) -> None:
    reason = _reason_for(_with_unusable(unusable, usable))
    assert reason.startswith(
        f"regions[1].answers[0]: the first of {unusable} answers that cannot be used, of {unusable + usable}: "
    )
    assert reason.endswith("(brand_appears is neither true nor false)")


def test_the_reason_names_the_first_unusable_answer_and_all_that_is_left_out() -> None:
    odd: list[Any] = [answer(brand_appears=None), 7, answer(prompt_id=7), answer(prompt=""), answer(platform="")] * 3
    reason = _reason_for(run_of(answer(citations=["x"], businesses=[""]), *odd))
    assert reason == (
        "regions[0].answers[1]: the first of 15 answers that cannot be used, of 16: 1 citation (no web address), "
        "1 business (no name), 3 answers (no JSON object), 3 answers (no prompt id), 3 answers (no prompt), "
        "3 answers (no platform), 3 answers (brand_appears is neither true nor false)"
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="half an object"),
        pytest.param(b"{} {}", id="two objects"),
        pytest.param(b'{"x": nan}', id="another NaN"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep nesting of lists"),
        pytest.param(b'{"x":' * 100_000 + b"1" + b"}" * 100_000, id="deep nesting of objects"),
        pytest.param(b'{"x": "\xff"}', id="invalid UTF-8"),
        pytest.param('{"x": 1}'.encode("utf-16"), id="UTF-16"),
    ],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    assert _reason(data).startswith("not valid JSON: ")


@pytest.mark.parametrize("data", [b"[]", b"null", b"7", b'"run"', b"NaN"])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    assert _reason(data) == "the JSON is no object"


@settings(max_examples=20)
@given(st.text(min_size=1))
def test_a_reason_never_repeats_the_file(text: str) -> None:
    hostile = f"<hostile {text}>" * 200
    run = run_of(answer(citations=[citation(hostile)], prompt_id=hostile, rank=hostile, prompt=hostile))
    for changes in ({}, {"id": hostile}, {"object": hostile}, {"completed_at": hostile}):
        reason = _reason_for(run | changes)
        assert "hostile" not in reason
        assert len(reason) < 300


@settings(max_examples=200)
@given(histories.filter(bool), st.data())
def test_no_bytes_cause_anything_but_a_refusal(history: list[Json], data: st.DataObject) -> None:
    """Starting from files in the field's shape, so that what is changed is read beyond the first brace."""
    body = bytearray(json.dumps(history[0], ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass"))
    for at in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=4)):
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3) | st.sampled_from(_TOKENS))
    try:
        read(unpack(bytes(body)), UUID(history[0]["id"]))
    except RunFileRejected as refusal:
        assert str(refusal)  # noqa: PT017 # a refusal is one of the two results


_TOKENS = (
    b"null",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 30,
    b'"\\ud800"',
    b"\xed\xa0\x80",
    b"[[",
    b"{}",
    b'":"',
    b"\\u0000",
)


# ---- left out, counted and told -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *(({"prompt_id": odd}, LeftOut.ANSWER_WITHOUT_PROMPT_ID) for odd in (*GARBAGE, "17", prompt_id(0) + "0")),
        *(({"prompt": odd}, LeftOut.ANSWER_WITHOUT_PROMPT) for odd in (*GARBAGE, " \n", "\u200b\x07")),
        *(({"platform": odd}, LeftOut.ANSWER_WITHOUT_PLATFORM) for odd in (*GARBAGE, " ", "\u2122")),
        *(
            ({"brand_appears": odd}, LeftOut.ANSWER_WITHOUT_APPEARANCE)
            for odd in (*GARBAGE, "true", "yes", 1, 0)
            if odd is not True
        ),
    ],
)
def test_an_answer_without_what_it_is_about_is_left_out(changes: Json, reason: LeftOut) -> None:
    run = run_of(answer(0), answer(1) | changes)
    assert len(parsed(run).regions[0].answers) == 1
    assert parsed(run).left_out == {reason: 1}


@pytest.mark.parametrize("field", ["prompt_id", "prompt", "platform", "brand_appears"])
def test_an_answer_that_lacks_what_it_is_about_is_left_out(field: str) -> None:
    lacking = answer(1)
    del lacking[field]
    assert sum(parsed(run_of(answer(0), lacking)).left_out.values()) == 1


@pytest.mark.parametrize("odd", GARBAGE)
def test_what_is_no_answer_is_left_out(odd: object) -> None:
    run = run_of_regions(region(answer()))
    run["regions"][0]["answers"].append(odd)
    reason = LeftOut.ANSWER_WITHOUT_PROMPT_ID if isinstance(odd, dict) else LeftOut.ANSWER_MALFORMED
    assert parsed(run).left_out == {reason: 1}


@pytest.mark.parametrize(("given", "rank"), [(1, 1), (2.0, 2), (10_000, 10_000), (None, None), ("", None)])
def test_a_rank_is_a_whole_number_from_1_to_10_000(given: object, rank: int | None) -> None:
    found, left_out = _read(brand_appears=True, rank=given)
    assert (found.rank, dict(left_out)) == (rank, {})


@pytest.mark.parametrize("rank", [0, -1, 2.5, 10_001, 10**30, "2", "first", True, [], {}])
@pytest.mark.parametrize("of_business", [False, True])
def test_a_rank_that_is_none_is_left_out(rank: object, of_business: bool) -> None:
    changes: Json = {"businesses": [{"name": "Zed", "rank": rank}]} if of_business else {"rank": rank}
    found, left_out = _read(brand_appears=True, **changes)
    assert found.rank is None
    assert found.businesses == ([("Zed", None)] if of_business else [])
    assert left_out == {LeftOut.RANK: 1}


@pytest.mark.parametrize(
    "odd", [*GARBAGE, *({"name": odd} for odd in GARBAGE), " \n", business("\u200b"), business("\xae")]
)
def test_a_business_without_a_name_is_left_out(odd: object) -> None:
    found, left_out = _read(businesses=[odd, business("Zed")])
    assert found.businesses == [("Zed", None)]
    assert left_out == {LeftOut.BUSINESS_WITHOUT_NAME: 1}


@pytest.mark.parametrize(
    "odd",
    [
        *GARBAGE,
        *map(
            citation, ("a5612f0f61c30b47", "", "mailto:hello@acme.example", "javascript:alert(1)", "about:blank", "[1]")
        ),
        *({"url": odd} for odd in GARBAGE),
        {"title": "Beans"},
        citation("https://example.com/" + "x" * 2_048),
    ],
)
def test_a_citation_without_a_usable_web_address_is_left_out(odd: object) -> None:
    found, left_out = _read(citations=[odd, citation("https://example.com")])
    assert [cited.source.domain for cited in found.citations] == ["example.com"]
    assert left_out == {LeftOut.CITATION_WITHOUT_ADDRESS: 1}


def test_what_exceeds_200_citations_or_businesses_of_an_answer_is_left_out() -> None:
    found, left_out = _read(
        citations=[citation(f"https://example.com/{n}") for n in range(201)],
        businesses=[business(f"b{n}") for n in range(203)],
    )
    assert found.businesses[-1].name == "b199"
    assert found.citations[-1].source.page == ("example.com/199", "https://example.com/199")
    assert left_out == {LeftOut.CITATION_BEYOND_LIMIT: 1, LeftOut.BUSINESS_BEYOND_LIMIT: 3}


def test_what_is_left_out_adds_up() -> None:
    odd = answer(brand_appears=True, rank=0, citations=["x"] * 202, businesses=[""] * 203)
    assert parsed(run_of(odd, odd)).left_out == {
        LeftOut.RANK: 2,
        LeftOut.CITATION_WITHOUT_ADDRESS: 400,
        LeftOut.CITATION_BEYOND_LIMIT: 4,
        LeftOut.BUSINESS_WITHOUT_NAME: 400,
        LeftOut.BUSINESS_BEYOND_LIMIT: 6,
    }


def test_of_exactly_200_nothing_is_left_out_and_nothing_told() -> None:
    _, left_out = _read(
        citations=[citation(f"https://example.com/{n}") for n in range(200)],
        businesses=[business(f"b{n}") for n in range(200)],
    )
    assert dict(left_out) == {}


@pytest.mark.parametrize(
    ("name", "one", "more"),
    [
        ("citation_without_address", "1 citation (no web address)", "2 citations (no web address)"),
        ("citation_beyond_limit", "1 citation (too many in one answer)", "2 citations (too many in one answer)"),
        ("business_without_name", "1 business (no name)", "2 businesses (no name)"),
        ("business_beyond_limit", "1 business (too many in one answer)", "2 businesses (too many in one answer)"),
        (
            "rank",
            "1 rank (not a whole number from 1 to 10,000)",
            "2 ranks (not a whole number from 1 to 10,000)",
        ),
        ("answer_malformed", "1 answer (no JSON object)", "2 answers (no JSON object)"),
        ("answer_without_prompt_id", "1 answer (no prompt id)", "2 answers (no prompt id)"),
        ("answer_without_prompt", "1 answer (no prompt)", "2 answers (no prompt)"),
        ("answer_without_platform", "1 answer (no platform)", "2 answers (no platform)"),
        (
            "answer_without_appearance",
            "1 answer (brand_appears is neither true nor false)",
            "2 answers (brand_appears is neither true nor false)",
        ),
    ],
)
def test_each_reason_has_a_name_and_is_told_in_words(name: str, one: str, more: str) -> None:
    reason = LeftOut(name)
    assert (told({reason: 1}), told({reason: 2})) == (one, more)
    assert (reason in UNUSABLE_ANSWERS) is name.startswith("answer_")


def test_what_is_left_out_is_told_in_one_order_with_its_numbers() -> None:
    left_out = {LeftOut.RANK: 1_200, LeftOut.BUSINESS_WITHOUT_NAME: 1, LeftOut.CITATION_WITHOUT_ADDRESS: 3}
    assert told(left_out) == (
        "3 citations (no web address), 1 business (no name), 1200 ranks (not a whole number from 1 to 10,000)"
    )
    assert told({}) == ""


# ---- taken as meant -----------------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_no_fault() -> None:
    assert read(b"\xef\xbb\xbf" + json.dumps(run_of(answer())).encode()) == parsed(run_of(answer()))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "null", '""'])
def test_nan_and_infinity_and_empty_text_are_null(value: str) -> None:
    data = json.dumps(run_of(answer(brand_appears=True, rank="?", category="?", businesses=[business("Zed", 7)])))
    run = read(data.replace('"?"', value).replace("7", value).encode())
    assert run
    found = run.regions[0].answers[0]
    assert (found.rank, found.category, found.businesses[0].rank) == (None, None, None)
    assert run.left_out == {}


def test_whole_numbers_may_be_written_with_a_point() -> None:
    found, left_out = _read(brand_appears=True, rank=2.0, businesses=[business("Zed", 1), {"name": "Bo", "rank": 1e1}])
    assert (found.rank, found.businesses[1].rank) == (2, 10)
    assert left_out == {}


@pytest.mark.parametrize("digits", ["9" * 19, "9" * 5_000, "-" + "9" * 5_000, "1" + "0" * 400 + ".0", "1e999"])
def test_a_number_of_any_length_is_one_odd_value(digits: str) -> None:
    data = json.dumps(run_of(answer(0, rank="?"), cost="?")).replace('"?"', digits)
    run = read(data.encode())
    assert run
    assert run.left_out == {LeftOut.RANK: 1}


@pytest.mark.parametrize("value", [None, "", "none", {}, 7])
def test_what_is_no_list_is_an_empty_one(value: object) -> None:
    assert _read(businesses=value, citations=value) == _read()
    assert parsed(run_of_regions(region() | {"answers": value})) == parsed(run_of_regions(region()))


def test_fields_that_may_be_left_out_are_null_or_empty() -> None:
    cell = answer(businesses=[{"name": "Zed"}], citations=[{"url": "https://example.com"}])
    del cell["rank"], cell["category"]
    found = parsed(run_of(cell)).regions[0].answers[0]
    assert (found.rank, found.category, found.businesses[0].rank, found.citations[0].title) == (None,) * 4
    for field in ("businesses", "citations"):
        del cell[field]
    found = parsed(run_of(cell)).regions[0].answers[0]
    assert (found.businesses, found.citations) == ([], [])
    bare = {"name": "France", "status": "completed"}
    assert parsed(run_of_regions(bare)).regions[0].answers == []


def test_ids_are_the_same_in_either_case() -> None:
    odd = prompt_id(0xABC)
    capitals = run_of(answer(prompt_id=odd.upper()))
    for field in ("id", "scheduled_report_id", "brand_id"):
        capitals[field] = capitals[field].upper()
    assert read(json.dumps(capitals).encode()) == parsed(run_of(answer(prompt_id=odd)))


@pytest.mark.parametrize("ending", [".json", ".json.gz"])
def test_ids_are_the_same_in_either_case_in_keys_too(ending: str) -> None:
    schedule, run = UUID(int=0xABC), UUID(int=0xDEF)
    for key in (f"runs/{schedule}/{run}{ending}", f"runs/{str(schedule).upper()}/{str(run).upper()}{ending}"):
        assert RunFileUpload.of(key, "etag") == RunFileUpload(key, schedule, run, "etag")


@pytest.mark.parametrize(
    "key",
    [
        f"runs/{RUN_ID}.json",
        f"runs/{SCHEDULE_ID}/{RUN_ID}",
        f"runs/{SCHEDULE_ID}/{RUN_ID}.csv",
        f"runs/{SCHEDULE_ID}/{RUN_ID}.json\n",
        f"old/runs/{SCHEDULE_ID}/{RUN_ID}.json",
        f"runs/{SCHEDULE_ID}/{RUN_ID.hex}.json",
    ],
)
def test_no_run_file_lies_under_another_key(key: str) -> None:
    with pytest.raises(RunFileRejected, match=r"^the key is not runs/"):
        RunFileUpload.of(key, "etag")


def test_overlong_text_is_cut() -> None:
    found, left_out = _read(
        prompt="x" * 2_001,
        category="x" * 301,
        platform="x" * 301,
        businesses=[business("x" * 301)],
        citations=[citation("https://a.example", "x" * 1_001)],
    )
    assert (len(found.prompt), len(found.platform)) == (2_000, 300)
    assert found.category == found.businesses[0].name == "x" * 300
    assert found.citations[0].title == "x" * 1_000
    assert left_out == {}


def test_an_overlong_address_is_the_page_without_its_fragment_and_tracking() -> None:
    long = "x" * 2_100
    found, left_out = _read(
        citations=[citation(f"https://a.example/1#:~:text={long}"), citation(f"https://a.example/1?utm_id={long}")]
    )
    assert {cited.source.page for cited in found.citations} == {("a.example/1", "https://a.example/1")}
    assert left_out == {}


def _made_of(text: str) -> Json:
    """An answer each of whose texts is this one."""
    return answer(
        prompt=text,
        category=text,
        platform=text,
        businesses=[business(text)],
        citations=[citation("//a.example", text)],
    )


def _texts_in(found: Answer) -> set[str | None]:
    return {found.prompt, found.category, found.platform, found.businesses[0].name, found.citations[0].title}


@pytest.mark.parametrize("escaped", [True, False])
def test_lone_surrogates_are_replaced(escaped: bool) -> None:
    """Escaped in the JSON, or as the three bytes that are no UTF-8."""
    text = "Best \ud83d beans"
    run = read(json.dumps(run_of(_made_of(text)), ensure_ascii=escaped).encode("utf-8", "surrogatepass"))
    assert run
    assert _texts_in(run.regions[0].answers[0]) == {"Best \ufffd beans"}


def test_pairs_of_surrogates_are_the_character_they_stand_for() -> None:
    assert _read(prompt="\U0001f600 beans")[0].prompt == "\U0001f600 beans"


def test_control_and_direction_characters_are_gone() -> None:
    text = " a\x00\u202eb\x1b\x07\u2066c\x7f "
    run = parsed(run_of_regions(region(_made_of(text), name=text)))
    assert {run.regions[0].name, *_texts_in(run.regions[0].answers[0])} == {"abc"}


def test_names_and_addresses_may_stand_without_an_object_around_them() -> None:
    found, left_out = _read(businesses=["Zed"], citations=["www.example.com/x"])
    assert found.businesses == [("Zed", None)]
    assert found.citations[0].source.page == ("example.com/x", "https://www.example.com/x")
    assert left_out == {}


def test_a_source_that_an_assistant_hides_is_read_with_its_title() -> None:
    hidden = "https://vertexaisearch.cloud.google.com/grounding-api-redirect/AUZIYQ"
    found, _ = _read(citations=[citation(hidden, "acme.example"), citation(hidden, "Best beans"), citation(hidden)])
    assert [cited.source for cited in found.citations] == [("acme.example", None), UNRESOLVED, UNRESOLVED]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"name": " **France\u2122** "}, "France"),
        ({"name": ""}, "United States, English"),
        ({"name": 7, "language": None}, "United States"),
        ({"name": None, "country": "\u200b"}, "English"),
        ({"name": None, "country": [], "language": ""}, "Region without a name"),
    ],
)
def test_a_region_without_a_name_is_called_what_it_is_made_of(changes: Json, name: str) -> None:
    assert parsed(run_of_regions(region() | changes)).regions[0].name == name


def test_samples_of_a_cell_and_regions_of_one_name_are_all_read() -> None:
    run = parsed(run_of_regions(region(answer(1), answer(1)), region(answer(1))))
    assert [len(part.answers) for part in run.regions] == [2, 1]


# ---- bytes -----------------------------------------------------------------------------------------------------------


def _rejection_of(body: bytes) -> str:
    with pytest.raises(RunFileRejected) as refusal:
        unpack(body)
    return str(refusal.value)


def test_a_plain_body_is_left_as_it_is() -> None:
    assert unpack(b'{"a": 1}') == b'{"a": 1}'


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.integers(0, 3))
def test_concatenated_and_padded_gzip_is_unpacked_whole(members: list[bytes], padding: int) -> None:
    body = b"".join(map(gzip.compress, members)) + bytes(padding)
    assert unpack(body) == b"".join(members)


def test_a_file_of_the_greatest_size_is_accepted() -> None:
    data = bytes(MAX_RUN_BYTES)
    assert unpack(gzip.compress(data, 1)) == data
    assert unpack(data) == data


@pytest.mark.parametrize("size", [MAX_RUN_BYTES + 1, 40_000_000])
def test_an_oversized_file_is_refused(size: int) -> None:
    data = b" " * size
    assert _rejection_of(data) == _rejection_of(gzip.compress(data, 1)) == _reason(data)
    assert _reason(data) == "larger than 33554432 bytes uncompressed"


@pytest.mark.parametrize("before", [b"", gzip.compress(bytes(MAX_RUN_BYTES))], ids=["alone", "behind another member"])
def test_a_bomb_is_refused_without_being_inflated(before: bytes) -> None:
    tracemalloc.start()
    try:
        assert _rejection_of(before + _BOMB) == "larger than 33554432 bytes uncompressed"
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_RUN_BYTES
    finally:
        tracemalloc.stop()


def test_a_bomb_of_several_members_is_refused() -> None:
    assert _rejection_of(gzip.compress(bytes(MAX_RUN_BYTES // 2 + 1)) * 2).startswith("larger than")


def test_endless_empty_members_are_refused() -> None:
    assert _rejection_of(gzip.compress(b"") * 10_000) == "more than 256 gzip members"


def test_every_truncation_of_a_gzip_file_is_refused() -> None:
    body = gzip.compress(b'{"a": 1}')
    for length in range(2, len(body)):
        assert _rejection_of(body[:length]) == "truncated gzip"


@pytest.mark.parametrize("position", [3, 12, -6, -1])
def test_a_corrupt_gzip_file_is_refused(position: int) -> None:
    body = bytearray(gzip.compress(b'{"a": 1}' * 10))
    body[position] ^= 0xFF
    assert "gzip" in _rejection_of(bytes(body))


@pytest.mark.parametrize("rubbish", [b"rubbish", b"XX", zlib.compress(b"{}")])
def test_rubbish_after_a_gzip_file_is_refused(rubbish: bytes) -> None:
    assert _rejection_of(gzip.compress(b"{}") + rubbish).startswith("corrupt gzip: ")
