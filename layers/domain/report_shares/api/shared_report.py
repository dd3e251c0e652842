"""The contract's ``shared_report`` of a report that a link opened."""

from report_shares.contract.shared_report import ReportFrame, SharedReport
from report_shares.json_text import json_text
from report_shares.rules import white_label
from report_shares.times import iso
from report_shares.use_cases.read_shared_report import OpenedReport


def frame_of(report: OpenedReport) -> ReportFrame:
    """Everything of it but the snapshot: no internal id, no owner, no token."""
    return {
        "object": "shared_report",
        "share_type": "scheduled",
        "brand": {"name": report.brand.name},
        "schedule": {"name": report.share.schedule_name, "frequency": report.share.schedule_frequency},
        "live": report.share.live,
        "snapshot_at": iso(report.share.snapshot_at),
        "expires_at": iso(report.share.expires_at),
        "white_label": white_label.effective(report.brand.white_label, report.share.white_label),
    }


def document_of(report: OpenedReport) -> SharedReport:
    """All of it."""
    frame = frame_of(report)
    return {**frame, "snapshot": report.snapshot.shown(frame["white_label"]["report_sections_config"])}


def text_of(report: OpenedReport) -> str:
    """The same as JSON text, without a look into the snapshot where all of it is shown."""
    frame = frame_of(report)
    start = json_text(frame).removesuffix("}")
    return f'{start},"snapshot":{report.snapshot.shown_text(frame["white_label"]["report_sections_config"])}}}'
