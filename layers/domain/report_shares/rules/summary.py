"""A report in three sentences, made of the numbers that it shows and of nothing else.

A change that may well be chance is never told as one.
"""

from collections.abc import Iterator
from itertools import islice

from report_shares.contract.snapshot import Changes, Method, ReportSnapshot
from report_shares.numerals import count_text, percent_text

SENTENCES = 3
_LEAST_P_VALUE = 0.0001


def summary_of(snapshot: ReportSnapshot) -> list[str]:
    """The first sentences of those that the shown parts of a snapshot give; none before there is an answer."""
    method = snapshot.get("method")
    return list(islice(_sentences(snapshot), SENTENCES)) if method and method["answers_count"] else []


def _sentences(snapshot: ReportSnapshot) -> Iterator[str]:
    """The most telling first."""
    yield from _score(snapshot)
    yield from _change(snapshot)
    yield from _voice(snapshot)
    yield from _platforms(snapshot)
    yield from _missed(snapshot)
    yield from _sources(snapshot)
    yield from _basis(snapshot["method"])


def _score(snapshot: ReportSnapshot) -> Iterator[str]:
    latest = snapshot.get("stats", {}).get("latest") or {}
    score, interval = latest.get("visibility_score"), latest.get("visibility_interval")
    if score is None or interval is None:
        return
    answers = latest.get("answers_count")
    of = "the answers" if answers is None else _counted(answers, "answer")
    low, high = interval
    yield (
        f"In the latest run {percent_text(score)} of {of} named the brand "
        f"(95\N{NARROW NO-BREAK SPACE}% interval: {low:.1f} to {percent_text(high)})."
    )


def _change(snapshot: ReportSnapshot) -> Iterator[str]:
    if "changes" not in snapshot:
        return
    changes = snapshot["changes"]
    if changes is None:
        yield "There is no earlier run that asked the same, so nothing can be said about change yet."
        return
    cells = _counted(changes["compared_cells"], "combination")
    compared = f"the {cells} of prompt, platform and region that both runs asked"
    since = changes["since"][:10]
    chance = _p_value(changes["p_value"])
    tally = f"won {count_text(changes['won'])} and lost {count_text(changes['lost'])}"
    if not changes["is_significant"]:
        yield (
            f"Since {since} no change is certain: over {compared} the brand {tally}, which chance alone can explain "
            f"({chance})."
        )
    elif is_unclear(changes):
        yield (
            f"Since {since} it is not clear which way the brand went: over {compared} it {tally}, more than chance "
            f"explains ({chance}){_scores(changes)}."
        )
    else:
        way = "won" if changes["won"] > changes["lost"] else "lost"
        yield (
            f"Since {since}, over {compared}, the brand {way} ground: it {tally} of them{_scores(changes)}, more than "
            f"chance explains ({chance})."
        )


def is_unclear(changes: Changes) -> bool:
    """Whether the cells won and lost tell a change that the scores, where they are shown, do not show."""
    if "visibility_now" not in changes:
        return False
    ahead, change = changes["won"] - changes["lost"], changes["visibility_now"] - changes["visibility_before"]
    return changes["is_significant"] and change * ahead <= 0


def _scores(changes: Changes) -> str:
    if "visibility_now" not in changes:
        return ""
    return (
        f", its score going from {percent_text(changes['visibility_before'])} to "
        f"{percent_text(changes['visibility_now'])}"
    )


def _p_value(value: float) -> str:
    return f"p < {_LEAST_P_VALUE}" if value < _LEAST_P_VALUE else f"p = {value:.4f}"


def _voice(snapshot: ReportSnapshot) -> Iterator[str]:
    if "rivals" not in snapshot:
        return
    latest = [(row, row["share_of_voice"][-1]) for row in snapshot["rivals"]["series"] if row["share_of_voice"]]
    brand = next((share for row, share in latest if row["is_brand"]), None)
    others = [(share, row["name"]) for row, share in latest if not row["is_brand"] and share is not None]
    if brand is None:
        return
    sentence = f"Of all mentions of businesses in the latest run, {percent_text(brand)} are the brand's"
    share, name = min(others, key=lambda other: (-other[0], other[1].casefold(), other[1]), default=(0.0, ""))
    if share:
        sentence += f"; {name} has {percent_text(share)}"
    yield f"{sentence}."


def _platforms(snapshot: ReportSnapshot) -> Iterator[str]:
    scored = [(row["visibility_score"], row["name"]) for row in snapshot.get("platforms", [])]
    known = [(score, name) for score, name in scored if score is not None]
    if len({score for score, _ in known}) > 1:
        (most, best), (least, worst) = known[0], known[-1]
        yield (
            f"Over all runs {best} names the brand most often, in {percent_text(most)} of its answers, and {worst} "
            f"least often, in {percent_text(least)}."
        )


def _missed(snapshot: ReportSnapshot) -> Iterator[str]:
    prompts = snapshot.get("prompts", [])
    missed = sum(not prompt["appearances_count"] for prompt in prompts)
    if missed:
        yield f"{count_text(missed)} of the prompts shown {'has' if missed == 1 else 'have'} never named the brand."


def _sources(snapshot: ReportSnapshot) -> Iterator[str]:
    domains = snapshot.get("citations", {}).get("domains")
    if domains and domains[0]["share"] is not None:
        yield (
            f"The website cited most is {domains[0]['domain']}, with {percent_text(domains[0]['share'])} of all "
            "citations."
        )


def _basis(method: Method) -> Iterator[str]:
    """What always stands."""
    answers, runs = _counted(method["answers_count"], "answer"), _counted(method["runs_count"], "run")
    prompts, platforms = _counted(method["prompts_count"], "prompt"), _counted(method["platforms_count"], "platform")
    yield f"The report rests on {answers} of {runs}."
    if method["first_run_at"] and method["last_run_at"]:
        yield f"The first run is of {method['first_run_at'][:10]}, the last of {method['last_run_at'][:10]}."
    yield f"They asked {prompts} on {platforms} in {_counted(method['regions_count'], 'region')}."


def _counted(number: int, noun: str) -> str:
    return f"{count_text(number)} {noun}{'' if number == 1 else 's'}"
