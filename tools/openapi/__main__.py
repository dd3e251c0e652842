"""Writes the committed OpenAPI document anew: ``make openapi``."""

import os
from importlib import resources
from pathlib import Path

from functions.share_api.app import ShareApi
from functions.shared_report.app import shared_report_api

from openapi.document import document, text_of
from report_shares.api.settings import Settings

COMMITTED = Path(str(resources.files("report_shares.api") / "openapi.json"))


def generated() -> str:
    """The document of the routes as they are."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # clients are made with the routes, though not used
    settings = Settings.from_environment({"TABLE_NAME": "none", "BUCKET_NAME": "none"})
    return text_of(document(ShareApi(settings).routes + shared_report_api(settings).routes))


if __name__ == "__main__":
    COMMITTED.write_text(generated(), encoding="utf-8")
