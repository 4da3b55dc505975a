"""A page taken apart as a browser would, so that tests look at elements instead of at text."""

from __future__ import annotations

from html.parser import HTMLParser


class Parsed(HTMLParser):
    """All tags, all attributes, and the text outside of the style sheet and the script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            self.words.append(data)

    @property
    def fetched(self) -> set[str]:
        """Everything the page could make a browser ask for."""
        names = {
            "src",
            "srcset",
            "href",
            "action",
            "formaction",
            "data",
            "poster",
            "background",
            "ping",
            "cite",
        }
        named = {value for name, value in self.attributes if name in names}
        # A place on the page itself is no request.
        return {value for value in named if not value.startswith("#")}
