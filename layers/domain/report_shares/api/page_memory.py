"""The pages made last: a link is often opened several times in a row, by its reader and by what previews links."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from report_shares.page.render import Page


class PageMemory:
    """At most so many pages, of so many characters in all; the one that was asked for longest ago goes first."""

    def __init__(self, most_pages: int, most_characters: int) -> None:
        self._most_pages = most_pages
        self._most_characters = most_characters
        self._pages: OrderedDict[tuple[UUID, str], Page] = OrderedDict()

    def page(self, share_id: UUID, etag: str, make: Callable[[], "Page"]) -> "Page":
        """The share's page of this ETag, made now if it is not remembered.

        Two shares can have one ETag: a page also holds addresses below its own, which are the share's alone.
        """
        key = (share_id, etag)
        page = self._pages.pop(key, None) or make()
        self._pages[key] = page
        while len(self._pages) > self._most_pages or self._characters > self._most_characters:
            self._pages.popitem(last=False)
        return page

    @property
    def _characters(self) -> int:
        return sum(len(page.html) for page in self._pages.values())
