"""What is accepted as a run file, and the reasons for which one is refused."""

import gzip
import json
import tracemalloc
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report_shares.rules.run_files import (
    MAX_RUN_BYTES,
    RunFileRejected,
    check_identity,
    domain_of_url,
    parse_run,
    unpack,
)
from tests.rules.runs import (
    BRAND_ID,
    RUN_ID,
    SCHEDULE_ID,
    Json,
    answer,
    business,
    citation,
    parsed,
    prompt_id,
    region,
    run_of,
    run_of_regions,
)

_BOMB = gzip.compress(bytes(100_000_000))


def _reason(data: bytes) -> str:
    with pytest.raises(RunFileRejected) as refusal:
        parse_run(data)
    return str(refusal.value)


def _reason_for(run: Json) -> str:
    return _reason(json.dumps(run).encode())


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
    assert run.is_completed
    read = run.regions[0].answers[0]
    assert (read.prompt_id, read.prompt, read.category) == (UUID(prompt_id(0)), "prompt 0", "Wholesale")
    assert (read.platform, read.brand_appears, read.rank) == ("chatgpt", True, 2)
    assert (read.businesses[0].name, read.businesses[0].rank) == ("Blue Bottle", 1)
    assert (read.citations[0].domain, read.citations[0].title) == ("example.com", "Best beans")


def test_unknown_fields_are_ignored() -> None:
    cell = answer(sentiment={"score": 0.5})
    assert parsed(run_of(cell, cost=1.5)) == parsed(run_of(answer()))


def test_fields_that_may_be_left_out_are() -> None:
    cell = answer(businesses=[{"name": "Zed"}], citations=[{"url": "https://example.com"}])
    del cell["rank"], cell["category"]
    read = parsed(run_of(cell)).regions[0].answers[0]
    assert (read.rank, read.category, read.businesses[0].rank, read.citations[0].title) == (None,) * 4


def test_texts_are_trimmed() -> None:
    read = parsed(run_of(answer(businesses=[business("  Zed\n")], platform=" chatgpt "))).regions[0].answers[0]
    assert (read.platform, read.businesses[0].name) == ("chatgpt", "Zed")


@pytest.mark.parametrize("status", ["failed", "running"])
def test_a_run_that_is_not_completed_needs_neither_time_nor_regions(status: str) -> None:
    run = run_of(status=status, completed_at=None)
    del run["regions"]
    assert not parsed(run).is_completed


def test_a_completed_run_needs_its_time() -> None:
    assert _reason_for(run_of(completed_at=None)) == "a completed run must have completed_at"


def test_a_completed_run_needs_its_regions() -> None:
    run = run_of()
    del run["regions"]
    assert _reason_for(run) == "a completed run must have regions"


def test_only_a_completed_region_needs_answers() -> None:
    bare = {"name": "France", "status": "failed"}
    assert parsed(run_of_regions(bare)).regions[0].answers == ()
    reason = _reason_for(run_of_regions(bare | {"status": "completed"}))
    assert reason == "regions[0]: a completed region must have answers"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rank": -1}, "rank: Input should be greater than or equal to 1"),
        ({"rank": 0}, "rank: Input should be greater than or equal to 1"),
        ({"rank": 10_001}, "rank: Input should be less than or equal to 10000"),
        ({"rank": 10**30}, "rank: Input should be less than or equal to 10000"),
        ({"rank": True}, "rank: Input should be a valid integer"),
        ({"rank": "2"}, "rank: Input should be a valid integer"),
        ({"rank": 2.0}, "rank: Input should be a valid integer"),
        ({"brand_appears": 1}, "brand_appears: Input should be a valid boolean"),
        ({"brand_appears": "true"}, "brand_appears: Input should be a valid boolean"),
        ({"brand_appears": None}, "brand_appears: Input should be a valid boolean"),
        ({"prompt_id": "17"}, "prompt_id: Input should be a valid UUID"),
        ({"prompt_id": 17}, "prompt_id: "),
        ({"prompt": ""}, "prompt: String should have at least 1 character"),
        ({"prompt": " \n"}, "prompt: String should have at least 1 character"),
        ({"prompt": "x" * 2001}, "prompt: String should have at most 2000 characters"),
        ({"category": ""}, "category: String should have at least 1 character"),
        ({"category": "x" * 301}, "category: String should have at most 300 characters"),
        ({"platform": "x" * 101}, "platform: String should have at most 100 characters"),
        ({"platform": None}, "platform: Input should be a valid string"),
        ({"businesses": [business(" ")]}, "businesses[0].name: String should have at least 1 character"),
        ({"businesses": [business("x" * 301)]}, "businesses[0].name: String should have at most 300 characters"),
        ({"businesses": [business("x")] * 201}, "businesses: "),
        ({"businesses": None}, "businesses: Input should be a valid tuple"),
        ({"businesses": {"name": "x"}}, "businesses: Input should be a valid tuple"),
        ({"citations": [citation("https://a.example")] * 201}, "citations: "),
        ({"citations": [citation("https://a.example", "x" * 1001)]}, "citations[0].title: String should have"),
        ({"citations": [citation("https://a.example/" + "x" * 2048)]}, "citations[0].url: String should have"),
    ],
)
def test_a_bad_field_is_refused_with_its_path(changes: dict[str, Any], reason: str) -> None:
    assert _reason_for(run_of(answer(0), answer(1) | changes)).startswith(f"regions[0].answers[1].{reason}")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "ftp://example.com/",
        "//example.com",
        "example.com",
        "https://",
        "https:///path",
        "https://./",
        "https://user@/",
        "https://exa mple.com/",
        "https://example.com/\x00",
        "https://ex\nample.com/",
        "https://[zz]/",
        "https://example.com:port/",
        "https://" + "a" * 254,
        "",
    ],
)
def test_a_url_that_is_no_web_address_is_refused(url: str) -> None:
    reason = _reason_for(run_of(answer(citations=[citation(url)])))
    assert reason == "regions[0].answers[0].citations[0].url: must be an http or https URL with a host"


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.Example.com/Path", "example.com"),
        ("HTTP://EXAMPLE.COM.:8080?q", "example.com"),
        ("https://news.example.com#top", "news.example.com"),
        ("https://user:secret@example.com/", "example.com"),
        ("https://acme.com@evil.example/", "evil.example"),
        ("https://evil.example\\@acme.com/", None),
        ("https://münchen.example/straße und mehr", "münchen.example"),
        ("http://[::1]:80/", "[::1]"),
        ("http://www.www.example", "www.example"),
    ],
)
def test_the_domain_is_the_host_a_browser_would_visit(url: str, domain: str | None) -> None:
    if domain is None:
        with pytest.raises(ValueError, match="http or https URL"):
            domain_of_url(url)
    else:
        assert domain_of_url(url) == domain


def test_a_host_has_253_characters_at_most() -> None:
    longest = "a" * 249 + ".com"

    assert domain_of_url(f"https://{longest}/") == longest
    with pytest.raises(ValueError, match="with a host"):
        domain_of_url(f"https://a{longest}/")


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-01T00:00:00",
        "2026-01-01",
        "yesterday",
        "1767225600",
        1767225600,
        "1999-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
    ],
)
def test_a_time_without_zone_or_sense_is_refused(time: object) -> None:
    assert _reason_for(run_of(completed_at=time)).startswith("completed_at: ")


def test_one_cell_twice_in_a_region_is_refused() -> None:
    same = answer(1, prompt="other words")
    reason = _reason_for(run_of(answer(1), answer(2), same))
    assert reason == "regions[0]: answers[2] has the prompt_id and platform of an earlier answer"


def test_one_cell_in_two_regions_is_accepted() -> None:
    run = run_of_regions(region(answer(), name="France"), region(answer(), name="Germany"))
    assert len(parsed(run).regions) == 2


def test_one_region_name_twice_is_refused() -> None:
    reason = _reason_for(run_of_regions(region(name="France"), region(name=" France")))
    assert reason == "regions[1] has the name of an earlier region"


def test_too_many_regions_are_refused() -> None:
    assert _reason_for(run_of_regions(*(region(name=str(n)) for n in range(201)))).startswith("regions: ")


def test_too_many_answers_are_refused() -> None:
    assert _reason_for(run_of(*(answer(n) for n in range(20_001)))).startswith("regions[0].answers: ")


def test_another_object_is_refused() -> None:
    assert _reason_for(run_of(object="share")) == "object: Input should be 'scheduled_report.run'"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="half an object"),
        pytest.param(b"{} {}", id="two objects"),
        pytest.param(b'{"x": NaN}', id="NaN"),
        pytest.param(b'{"x": [-Infinity]}', id="Infinity"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep nesting of lists"),
        pytest.param(b'{"x":' * 100_000 + b"1" + b"}" * 100_000, id="deep nesting of objects"),
        pytest.param(b'{"x": "\xff"}', id="invalid UTF-8"),
        pytest.param(b'{"x": "\xed\xa0\x80"}', id="surrogate in UTF-8"),
        pytest.param(b'{"x": "\\ud800"}', id="lone surrogate"),
        pytest.param(b'{"x": ' + b"9" * 100_000 + b"}", id="huge integer"),
    ],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    assert _reason(data).startswith("not valid JSON: ")


@pytest.mark.parametrize("data", [b"[]", b"null", b"7", b'"run"'])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    assert _reason(data) == "Input should be a valid dictionary or instance of Run"


def test_nan_in_a_field_is_refused() -> None:
    assert _reason_for(run_of(answer(rank=float("nan")))).startswith("not valid JSON: ")


def test_only_the_first_few_faults_are_listed() -> None:
    assert _reason(b"{}").count(";") == 3
    assert _reason(b"{}").endswith("and 2 more")


def test_faults_that_are_all_listed_are_not_counted_again() -> None:
    reason = _reason_for(run_of(id="a", scheduled_report_id="b", brand_id="c"))

    assert reason.count(";") == 2
    assert "more" not in reason


def test_only_the_first_faulty_answer_is_told() -> None:
    reason = _reason_for(run_of(answer(0), answer(1, rank=0), answer(2, rank=0)))
    assert reason == "regions[0].answers[1].rank: Input should be greater than or equal to 1"


@settings(max_examples=20)
@given(st.text(min_size=1))
def test_a_reason_never_repeats_the_file(text: str) -> None:
    hostile = f"<hostile {text}>" * 200
    run = run_of(answer(citations=[citation(hostile)], prompt_id=hostile, rank=hostile, prompt=hostile))
    for reason in (_reason_for(run), _reason_for(run_of(id=hostile, object=hostile, completed_at=hostile))):
        assert "hostile" not in reason
        assert len(reason) < 600


@pytest.mark.parametrize("field", ["id", "scheduled_report_id", "brand_id"])
def test_a_foreign_file_is_refused(field: str) -> None:
    foreign = UUID(int=99)
    run = parsed(run_of() | {field: str(foreign)})
    with pytest.raises(RunFileRejected, match=f"^{field}: is {foreign}, but this place is for "):
        check_identity(run, run_id=RUN_ID, scheduled_report_id=SCHEDULE_ID, brand_id=BRAND_ID)


def test_a_file_in_its_own_place_is_accepted() -> None:
    check_identity(parsed(run_of()), run_id=RUN_ID, scheduled_report_id=SCHEDULE_ID, brand_id=BRAND_ID)


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


@pytest.mark.parametrize("size", [MAX_RUN_BYTES + 1, 10_000_000])
def test_an_oversized_file_is_refused(size: int) -> None:
    data = b" " * size
    assert _rejection_of(data) == _rejection_of(gzip.compress(data, 1)) == _reason(data)
    assert _reason(data) == "larger than 8388608 bytes uncompressed"


def test_a_bomb_is_refused_without_being_inflated() -> None:
    tracemalloc.start()
    try:
        assert _rejection_of(_BOMB) == "larger than 8388608 bytes uncompressed"
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


def test_rubbish_after_a_gzip_file_is_refused() -> None:
    assert _rejection_of(gzip.compress(b"{}") + b"rubbish").startswith("corrupt gzip: ")
