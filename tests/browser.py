"""Chromium, and everything that goes on while it has a page open."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, sync_playwright

from tests.lacking import lacking

_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, or a skip that says so; on CI, where it must be there, a failure."""
    path = os.environ.get("REPORT_SHARES_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        lacking("looking at the report page needs Chromium on the PATH")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield launched
        launched.close()


@dataclass
class Visit:
    """A page that was opened, and everything that went on meanwhile."""

    page: Page
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def dismissed(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def logged(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def foreign(self, base_url: str) -> list[str]:
        """The requests that went elsewhere."""
        return [url for url in self.requests if leads_away(url, base_url)]


def leads_away(url: str, base_url: str) -> bool:
    """Whether the URL is asked for from another host or port than the page's."""
    return not url.startswith("data:") and urlsplit(url).netloc != urlsplit(base_url).netloc


def visit(context: BrowserContext, url: str, *, until: Literal["load", "networkidle"] = "load") -> Visit:
    """Opens the page; faults of the console, of scripts and of the content security policy are collected."""
    visited = Visit(context.new_page())
    page = visited.page
    page.on("request", lambda request: visited.requests.append(request.url))
    page.on("console", visited.logged)
    page.on("pageerror", lambda error: visited.faults.append(str(error)))
    page.on("dialog", visited.dismissed)
    page.goto(url, wait_until=until)
    return visited
