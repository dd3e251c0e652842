"""Glossary: what each measure means, in plain language, and what platforms are called."""

from report_shares.rules.platforms import platform_key, platform_name

DEFAULT_TITLE = "AI visibility report"

DEFINITIONS = {
    "visibility_score": "How often the brand is named: its share of all AI answers. Every prompt on every platform "
    "in every region counts as one answer.",
    "citation_share": "How often the brand’s own website is the source: its share of all pages that the answers "
    "cite. Being named and being cited are two things; this is not the visibility score.",
    "avg_rank": "The brand’s place among the businesses in the answers that name it. First place is 1, so lower "
    "is better.",
    "appearances_count": "Answers that name the brand, out of all answers.",
    "citations_count": "Links that the answers give as their sources, of any website.",
    "visibility_interval": "The interval says where the underlying rate lies for these prompts, platforms, regions and "
    "dates, at 95 % confidence if answers are independent of each other. It is not a range for the next run.",
    "share_of_voice": "a business’s part of all mentions of businesses, in all answers.",
}


def platform(name: str) -> str:
    """What a platform is called; snapshots frozen before platforms had names hold the spelling of their run files."""
    return platform_name(platform_key(name), name)
