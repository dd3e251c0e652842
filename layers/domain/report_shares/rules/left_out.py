"""What of a run file could not be used: counted by reason, and told to the operator."""

from collections.abc import Mapping
from enum import StrEnum


class LeftOut(StrEnum):
    """A kind of part and what was wrong with it; the values stand in outcomes, logs and metrics."""

    CITATION_WITHOUT_ADDRESS = "citation_without_address"
    CITATION_BEYOND_LIMIT = "citation_beyond_limit"
    BUSINESS_WITHOUT_NAME = "business_without_name"
    BUSINESS_BEYOND_LIMIT = "business_beyond_limit"
    RANK = "rank"
    ANSWER_MALFORMED = "answer_malformed"
    ANSWER_WITHOUT_PROMPT_ID = "answer_without_prompt_id"
    ANSWER_WITHOUT_PROMPT = "answer_without_prompt"
    ANSWER_WITHOUT_PLATFORM = "answer_without_platform"
    ANSWER_WITHOUT_APPEARANCE = "answer_without_appearance"


UNUSABLE_ANSWERS = frozenset(reason for reason in LeftOut if reason.startswith("answer_"))

_TEXTS: Mapping[LeftOut, tuple[str, str, str]] = {
    LeftOut.CITATION_WITHOUT_ADDRESS: ("citation", "citations", "no web address"),
    LeftOut.CITATION_BEYOND_LIMIT: ("citation", "citations", "too many in one answer"),
    LeftOut.BUSINESS_WITHOUT_NAME: ("business", "businesses", "no name"),
    LeftOut.BUSINESS_BEYOND_LIMIT: ("business", "businesses", "too many in one answer"),
    LeftOut.RANK: ("rank", "ranks", "not a whole number from 1 to 10,000"),
    LeftOut.ANSWER_MALFORMED: ("answer", "answers", "no JSON object"),
    LeftOut.ANSWER_WITHOUT_PROMPT_ID: ("answer", "answers", "no prompt id"),
    LeftOut.ANSWER_WITHOUT_PROMPT: ("answer", "answers", "no prompt"),
    LeftOut.ANSWER_WITHOUT_PLATFORM: ("answer", "answers", "no platform"),
    LeftOut.ANSWER_WITHOUT_APPEARANCE: ("answer", "answers", "brand_appears is neither true nor false"),
}


def told(left_out: Mapping[LeftOut, int]) -> str:
    """The counts as people read them: ``3 citations (no web address), 1 business (no name)``."""
    return ", ".join(
        f"{number} {_TEXTS[reason][number != 1]} ({_TEXTS[reason][2]})"
        for reason in LeftOut
        if (number := left_out.get(reason))
    )
