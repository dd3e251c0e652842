"""What callers are answered about their shares, with the fields of the published page; every one is always there."""

from typing import Any

from report_shares.times import iso
from report_shares.use_cases.create_share import SharedLink


def share_answer(link: SharedLink, public_base_url: str) -> dict[str, Any]:
    """A ``ScheduledReportShare`` as plain values."""
    share = link.share
    return {
        "access_token": link.token,
        "brand_id": str(share.brand_id),
        "created_at": iso(share.created_at),
        "expires_at": iso(share.expires_at),
        "id": str(share.id),
        "is_existing": link.is_existing,
        "object": "scheduled_report.share",
        "scheduled_report_id": str(share.scheduled_report_id),
        "share_type": "scheduled",
        "share_url": public_base_url + link.token,
        "white_label_config": share.white_label,
    }
