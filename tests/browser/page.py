"""One page in the browser: what a person does to it, and what it did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from .chromium import Chromium, Message

_KEYS: Final = {"Tab": (9, ""), "Enter": (13, "\r")}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of its own."""

    browser: Chromium
    session: str

    def open(self, url: str) -> None:
        """Go to an address and return when all of it is there."""
        loader = self.call("Page.navigate", url=url)["loaderId"]
        self.browser.wait_for(self.session, "Page.lifecycleEvent", name="load", loaderId=loader)

    def call(self, method: str, /, **parameters: object) -> Message:
        """Call a method of the DevTools protocol for this page."""
        return self.browser.call(method, self.session, **parameters)

    def ask(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Return when an expression is true."""
        self.ask(
            "new Promise((done) => { const look = () => "
            f"{{ if ({condition}) done(); else requestAnimationFrame(look) }}; look() }})"
        )

    def texts(self, selector: str) -> list[str]:
        """Return the texts of the elements that can be seen, as the page holds them."""
        seen: list[str] = self.ask(
            f"[...document.querySelectorAll({selector!r})].filter((e) => e.checkVisibility()).map((e) => e.textContent)"
        )
        return seen

    def click(self, selector: str) -> None:
        """Press the mouse on the first line of the first such element."""
        at = self.ask(
            f"(() => {{ const e = document.querySelector({selector!r}); e.scrollIntoView({{ block: 'center' }});"
            " const [box] = e.getClientRects();"
            " return { x: box.x + box.width / 2, y: box.y + box.height / 2 } })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)

    def press(self, key: str) -> None:
        """Press a key."""
        code, text = _KEYS[key]
        what = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **what)
        self.call("Input.dispatchKeyEvent", type="keyUp", **what)

    def type(self, text: str) -> None:
        """Write a text where the cursor is."""
        self.call("Input.insertText", text=text)

    def complaints(self) -> list[Message]:
        """Return what the page wrote to the console, and what the browser had against it."""
        return self.browser.events(
            self.session, "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Audits.issueAdded"
        )

    def fetched(self) -> list[str]:
        """Return the addresses of everything that was asked for."""
        requests = self.browser.events(self.session, "Network.requestWillBeSent")
        return [request["request"]["url"] for request in requests]


@contextmanager
def opened(browser: Chromium) -> Iterator[Page]:
    """Give an empty page, and close it."""
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    page = Page(browser, session)
    for domain in ("Page", "Runtime", "Log", "Network"):
        page.call(f"{domain}.enable")
    page.call("Page.setLifecycleEventsEnabled", enabled=True)
    yield page
    browser.call("Target.closeTarget", targetId=target)
