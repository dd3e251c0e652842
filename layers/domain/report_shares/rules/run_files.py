"""Run files: what a finished run looks like, what of it counts, and why a file is refused.

The contract's "Run files: the input" says how a file should look, "Run files as the world writes them" how files do
look. One odd value costs only itself: it is left out and counted by reason. A file is refused only for what would make
all of it wrong.
"""

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from report_shares.rules.left_out import UNUSABLE_ANSWERS, LeftOut, told
from report_shares.rules.names import clean_name
from report_shares.rules.pages import Source, cited_source
from report_shares.text import clean_text
from report_shares.times import DAY, milliseconds

OBJECT = "scheduled_report.run"
"""What a run file says that it is."""
MAX_RUN_BYTES = 32 * 1024 * 1024
MAX_TITLE_LENGTH = 1_000
MAX_PROMPT_LENGTH = 2_000
MAX_RANK = 10_000
MAX_LISTED = 200
"""Citations or businesses of one answer."""

_COMPLETED = "completed"
_EARLIEST = milliseconds(datetime(2000, 1, 1, tzinfo=UTC))
# A file is refused whose unusable answers are more than this many and more than one in ten: its producer is at fault.
_UNUSABLE_AT_MOST = 10
_LONGEST_INTEGER = 18

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = 31
_MAX_GZIP_MEMBERS = 256

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = re.compile(_UUID)
_KEY = re.compile(rf"runs/(?P<schedule>{_UUID})/(?P<run>{_UUID})\.json(\.gz)?", re.IGNORECASE)


class RunFileRejected(ValueError):
    """The file is no run of this schedule; the message is the reason that an operator reads."""


def prefixes_of(scheduled_report_id: UUID) -> tuple[str, ...]:
    """How the keys of a schedule's run files begin: with its id in lower case or, as some producers have it, upper."""
    return f"runs/{scheduled_report_id}/", f"runs/{str(scheduled_report_id).upper()}/"


def key_of(scheduled_report_id: UUID, run_id: UUID, *, gzipped: bool = False) -> str:
    """Where a run's file lies; the plain key is how the gzipped one begins."""
    return f"runs/{scheduled_report_id}/{run_id}.json{'.gz' if gzipped else ''}"


@dataclass(frozen=True, slots=True)
class RunFileUpload:
    """One upload of a run's file; its ETag tells it from other uploads of the same run."""

    key: str
    scheduled_report_id: UUID
    run_id: UUID
    etag: str

    @classmethod
    def of(cls, key: str, etag: str) -> Self:
        """Raises ``RunFileRejected`` for a key under which no run file lies."""
        match = _KEY.fullmatch(key)
        if not match:
            raise RunFileRejected("the key is not runs/{scheduled_report_id}/{run_id}.json[.gz]")
        return cls(key, UUID(match["schedule"]), UUID(match["run"]), etag)


class Business(NamedTuple):
    """A business that an answer names, its name cleaned; ``rank`` counts from 1."""

    name: str
    rank: int | None


class Citation(NamedTuple):
    """What an answer cites; the title is cleaned, None where there is none to see."""

    source: Source
    title: str | None


class Answer(NamedTuple):
    """What one platform answered to one prompt: a sample of its cell. Names and texts are cleaned.

    But for ``text``, what the answer says, of which next to nothing is ever read. ``answered_at`` is in epoch
    milliseconds.
    """

    prompt_id: str
    prompt: str
    category: str | None
    platform: str
    brand_appears: bool
    rank: int | None
    businesses: Sequence[Business]
    citations: Sequence[Citation]
    text: str | None
    model: str | None
    answered_at: int | None


class Region(NamedTuple):
    """A completed region of a run; a run may have several of one name."""

    name: str
    answers: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class Run:
    """A completed run, with those of its regions that count; ``completed_at`` in epoch milliseconds.

    ``left_out`` counts what its file holds besides and could not be used, by reason (``LeftOut``).
    """

    id: UUID
    completed_at: int
    regions: Sequence[Region]
    left_out: Counter[LeftOut]

    @property
    def answers_left_out(self) -> int:
        """How many answers could not be used."""
        return sum(number for reason, number in self.left_out.items() if reason in UNUSABLE_ANSWERS)


def is_gzip(body: bytes) -> bool:
    """Whether a run file is gzip; its content says it, not its name."""
    return body.startswith(_GZIP_MAGIC)


def unpack(body: bytes) -> bytes:
    """The JSON text of a run file, gunzipped where it is gzip.

    Raises ``RunFileRejected`` where that is truncated, corrupt or over ``MAX_RUN_BYTES``; a bomb is never
    inflated beyond that limit.
    """
    data = _gunzip(body) if is_gzip(body) else body
    return _within_limit(data)


def json_object(data: bytes) -> dict[str, Any]:
    """Raises ``RunFileRejected`` where the bytes are no JSON object in UTF-8, with or without byte order mark."""
    try:
        text = data.decode("utf-8-sig", "surrogatepass")
    except UnicodeDecodeError as error:
        raise RunFileRejected(f"not valid JSON: not UTF-8 at byte {error.start}") from None
    try:
        value = json.loads(text, parse_constant=lambda _: None, parse_int=_integer)
    except ValueError as error:
        raise RunFileRejected(f"not valid JSON: {error}") from None
    except RecursionError:
        raise RunFileRejected("not valid JSON: nested too deeply") from None
    if not isinstance(value, dict):
        raise RunFileRejected("the JSON is no object")
    return value


def read_run(data: bytes, upload: RunFileUpload, brand_id: UUID, now: int) -> Run | None:
    """The run that this JSON text describes; None where it is not completed, so that nothing in it counts.

    Raises ``RunFileRejected`` with the rule that refuses the file, and where.
    """
    run = json_object(_within_limit(data))
    del data  # of a large file, all that is not needed any more makes room for what is read
    if run.get("object") != OBJECT:
        raise RunFileRejected(f"object: is not {OBJECT}")
    for field, expected in (
        ("id", upload.run_id),
        ("scheduled_report_id", upload.scheduled_report_id),
        ("brand_id", brand_id),
    ):
        found = run.get(field)
        if not isinstance(found, str) or found.strip().lower() != str(expected):
            raise RunFileRejected(f"{field}: is not {expected}, which this place is for")
    if not _is_completed(run):
        return None
    completed_at = _completed_at(run.get("completed_at"), now)
    regions = run.get("regions")
    if not isinstance(regions, list):
        raise RunFileRejected("regions: is no list")
    return _Reader(now).read(upload.run_id, completed_at, regions)


class _Reader:
    """Reads the regions of one run, and counts what it cannot use."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._left_out: Counter[LeftOut] = Counter()
        self._answers = 0
        self._unusable = 0
        self._first_unusable = ""

    def read(self, run_id: UUID, completed_at: int, regions: list[Any]) -> Run:
        found = [
            Region(_region_name(region), list(self._read_answers(f"regions[{index}]", _list(region.get("answers")))))
            for index, region in enumerate(regions)
            if isinstance(region, dict) and _is_completed(region)
        ]
        too_many = self._unusable > max(_UNUSABLE_AT_MOST, self._answers / 10)
        if self._unusable and (too_many or self._unusable == self._answers):
            raise RunFileRejected(
                f"{self._first_unusable}: the first of {self._unusable} answers that cannot be used, of "
                f"{self._answers}: {told(self._left_out)}"
            )
        return Run(run_id, completed_at, found, self._left_out)

    def _read_answers(self, path: str, answers: list[Any]) -> Iterator[Answer]:
        for index, answer in enumerate(answers):
            self._answers += 1
            read = self._answer(answer)
            answers[index] = None  # makes room for the next
            if isinstance(read, LeftOut):
                self._left_out[read] += 1
                self._unusable += 1
                self._first_unusable = self._first_unusable or f"{path}.answers[{index}]"
            else:
                yield read

    def _answer(self, answer: Any) -> Answer | LeftOut:
        """The answer, or why it cannot be used."""
        if not isinstance(answer, dict):
            return LeftOut.ANSWER_MALFORMED
        prompt_id = answer.get("prompt_id")
        if not isinstance(prompt_id, str) or not _ID.fullmatch(prompt_id := prompt_id.strip().lower()):
            return LeftOut.ANSWER_WITHOUT_PROMPT_ID
        prompt = answer.get("prompt")
        prompt = clean_text(prompt, MAX_PROMPT_LENGTH) if isinstance(prompt, str) else ""
        if not prompt:
            return LeftOut.ANSWER_WITHOUT_PROMPT
        platform = _name(answer.get("platform"))
        if not platform:
            return LeftOut.ANSWER_WITHOUT_PLATFORM
        appears = answer.get("brand_appears")
        if not isinstance(appears, bool):
            return LeftOut.ANSWER_WITHOUT_APPEARANCE
        return Answer(
            prompt_id,
            prompt,
            _name(answer.get("category")) or None,
            platform,
            appears,
            self._rank(answer.get("rank")),
            self._businesses(_list(answer.get("businesses"))),
            self._citations(_list(answer.get("citations"))),
            _text(answer.get("answer_text")),
            _name(answer.get("model")) or None,
            self._answered_at(answer.get("answered_at")),
        )

    def _businesses(self, given: list[Any]) -> list[Business]:
        found = []
        for business in given[:MAX_LISTED]:
            fields = business if isinstance(business, dict) else {"name": business}
            name = _name(fields.get("name"))
            if name:
                found.append(Business(name, self._rank(fields.get("rank"))))
            else:
                self._left_out[LeftOut.BUSINESS_WITHOUT_NAME] += 1
        self._count_beyond(LeftOut.BUSINESS_BEYOND_LIMIT, given)
        return found

    def _citations(self, given: list[Any]) -> list[Citation]:
        found = []
        for citation in given[:MAX_LISTED]:
            fields = citation if isinstance(citation, dict) else {"url": citation}
            url, title = fields.get("url"), fields.get("title")
            title = clean_text(title, MAX_TITLE_LENGTH) if isinstance(title, str) else None
            source = cited_source(url, title) if isinstance(url, str) else None
            if source is None:
                self._left_out[LeftOut.CITATION_WITHOUT_ADDRESS] += 1
            else:
                found.append(Citation(source, title or None))
        self._count_beyond(LeftOut.CITATION_BEYOND_LIMIT, given)
        return found

    def _answered_at(self, value: object) -> int | None:
        """Shown beside a quote and counted nowhere, so that one that cannot be read is none."""
        try:
            return _time(value, self._now)
        except ValueError:
            return None

    def _count_beyond(self, reason: LeftOut, given: list[Any]) -> None:
        if len(given) > MAX_LISTED:
            self._left_out[reason] += len(given) - MAX_LISTED

    def _rank(self, value: Any) -> int | None:
        if value is None or value == "":
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and 1 <= value <= MAX_RANK and value == int(value):
            return int(value)
        self._left_out[LeftOut.RANK] += 1
        return None


def _integer(digits: str) -> int | float:
    """Python refuses to read integers of thousands of digits; no number of ours has more than a few."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


def _is_completed(part: dict[str, Any]) -> bool:
    status = part.get("status")
    return isinstance(status, str) and status.strip().lower() == _COMPLETED


def _completed_at(value: object, now: int) -> int:
    """Raises ``RunFileRejected`` where it cannot be when a run was completed."""
    try:
        return _time(value, now)
    except ValueError as error:
        raise RunFileRejected(f"completed_at: {error}") from None


def _time(value: object, now: int) -> int:
    """When something of a run happened; a time without a zone is in UTC. Raises ``ValueError`` with what is wrong."""
    if value is None or value == "":
        raise ValueError("is missing")
    try:
        moment = datetime.fromisoformat(value.strip().upper() if isinstance(value, str) else "")
        at = milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except ValueError:
        raise ValueError("is no ISO 8601 time") from None
    if at < _EARLIEST:
        raise ValueError("is before 2000")
    if at > now + DAY:
        raise ValueError("lies in the future")
    return at


def _region_name(region: dict[str, Any]) -> str:
    """The region's name; what it is made of where that is missing."""
    made_of = ", ".join(filter(None, (_name(region.get("country")), _name(region.get("language")))))
    return _name(region.get("name")) or _name(made_of) or "Region without a name"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _name(value: object) -> str:
    return clean_name(value) if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _within_limit(data: bytes) -> bytes:
    if len(data) > MAX_RUN_BYTES:
        raise RunFileRejected(f"larger than {MAX_RUN_BYTES} bytes uncompressed")
    return data


def _gunzip(body: bytes) -> bytes:
    data = b""
    for _ in range(_MAX_GZIP_MEMBERS):
        member = zlib.decompressobj(_GZIP_WBITS)
        try:
            data = _within_limit(data + member.decompress(body, MAX_RUN_BYTES + 1 - len(data)))
        except zlib.error as error:
            raise RunFileRejected(f"corrupt gzip: {error}") from None
        if not member.eof:
            raise RunFileRejected("truncated gzip")
        # Zeros after the last member are padding, as gzip itself has it.
        body = member.unused_data.lstrip(b"\0")
        if not body:
            return data
    raise RunFileRejected(f"more than {_MAX_GZIP_MEMBERS} gzip members")
