"""What callers are answered about their shares."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from report_shares.contract.share import ScheduledReportShare
from report_shares.times import iso
from report_shares.use_cases.share_changes import Kind, Link, Outcome

_NEW = (Kind.CREATED, Kind.ROTATED)
_JSON = "application/json"


def share_of(link: Link, *, is_existing: bool = True) -> ScheduledReportShare:
    """The share as its owner sees it."""
    share, views = link.share, link.views
    return ScheduledReportShare(
        access_token=link.token,
        brand_id=share.brand_id,
        created_at=iso(share.created_at),
        expires_at=iso(share.expires_at),
        has_password=share.has_password,
        id=share.id,
        is_existing=is_existing,
        last_viewed_at=None if views.last_at is None else iso(views.last_at),
        live=share.live,
        name=share.name,
        scheduled_report_id=share.scheduled_report_id,
        share_url=link.base_url + link.token,
        views_count=views.count,
        white_label_config=dict(share.white_label) if share.white_label is not None else None,
    )


def share_response(outcome: Outcome, shares_path: str) -> Response[ScheduledReportShare]:
    """The answer to a change that leaves a share; ``shares_path`` is where the schedule's shares are."""
    if outcome.link is None:
        raise ValueError("nothing is left to show")
    is_new = outcome.kind in _NEW
    headers = replay_header(outcome) | (
        {"Location": f"{shares_path.rstrip('/')}/{outcome.link.share.id}"} if is_new else {}
    )
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return Response(status.value, _JSON, share_of(outcome.link, is_existing=not is_new), headers)


def replay_header(outcome: Outcome) -> dict[str, str]:
    """What tells a replay from the first answer."""
    return {"Idempotent-Replayed": "true"} if outcome.is_replay else {}
