"""One page of the book in a browser, and everything that goes wrong while it loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

TYPESET = "() => !window.MathJax?.startup?.promise || window.MathJax.startup.promise"


class Visit:
    """A page, which may fetch from `address` only, with the problems met so far."""

    def __init__(self, page: Page, address: str) -> None:
        """Listen before anything loads."""
        self.page, self.address = page, address
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"JavaScript: {error}"))
        page.on("console", self._read)
        page.on("response", self._receive)
        page.route("**/*", self._fetch)

    def open(self, name: str) -> Visit:
        """Load the page and wait until its maths is typeset."""
        self.page.goto(self.address + name, wait_until="load")
        self.page.evaluate(TYPESET)
        self.page.wait_for_load_state("networkidle")
        return self

    def _read(self, message: object) -> None:
        # A failed request shows here too, without its address: the two listeners below name it.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(f"console: {message.text}")

    def _receive(self, response: object) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")

    def _fetch(self, route: Route) -> None:
        url = route.request.url
        if url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.problems.append(f"asks another site: {url}")
            route.abort()
