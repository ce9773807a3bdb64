"""A real Chromium, led over its DevTools: pages are opened, asked, resized, typed into and photographed as people do."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
SECONDS: Final = 30.0


class Browser:
    """One page of a browser."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Use `open_browser`."""
        self._loop = loop
        self._socket = socket
        self._numbers = itertools.count(1)
        self.problems: list[str] = []
        """What the page's console said was wrong: errors, and what the content security policy forbade."""

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol."""
        return self._loop.run_until_complete(asyncio.wait_for(self._call(method, parameters), SECONDS))

    async def _call(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            said = await self._socket.receive_json()
            if said.get("id") == number:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result
            self._hear(said)

    def _hear(self, said: dict[str, Any]) -> None:
        if said.get("method") == "Log.entryAdded" and said["params"]["entry"]["level"] == "error":
            self.problems.append(said["params"]["entry"]["text"])
        if said.get("method") == "Runtime.exceptionThrown":
            self.problems.append(str(said["params"]["exceptionDetails"]))

    def look(self, width: int, height: int, *, dark: bool = True, phone: bool = False) -> None:
        """The size of the screen, and the colours that it asks for."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, url: str) -> None:
        """Go to an address, from anywhere."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)

    def ask(self, script: str) -> Any:
        """The value of a script, awaited where it is a promise."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, script: str, right: Callable[[Any], bool] = bool) -> Any:
        """The value of a script as soon as it is right; while the page still loads there is none."""
        end = time.monotonic() + SECONDS
        while True:
            found = self.ask(f"document.readyState == 'complete' ? {script} : null")
            if found is not None and right(found):
                return found
            assert time.monotonic() < end, f"{script} stays {found!r}"
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """A key goes down and up."""
        for kind in ("rawKeyDown", "char", "keyUp") if len(key) == 1 else ("keyDown", "keyUp"):
            code = {"Enter": 13, "Escape": 27, "Tab": 9}.get(key, 0)
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            self.call("Input.dispatchKeyEvent", type=kind, key=key, text=text, windowsVirtualKeyCode=code)

    def button(self, selector: str, *, down: bool) -> None:
        """The mouse's button goes down or up on the middle of an element."""
        box = f"document.querySelector({selector!r}).getBoundingClientRect()"
        x, y = self.ask(f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])({box})")
        self.call("Input.dispatchMouseEvent", type="mousePressed" if down else "mouseReleased", x=x, y=y, button="left", clickCount=1)

    def picture(self, path: Path) -> None:
        """What is seen, as a PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def open_browser(program: Path, profile: Path) -> Iterator[Browser]:
    """A browser with one page; it ends with the block."""
    process = subprocess.Popen(
        [str(program), *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    loop = asyncio.new_event_loop()
    try:
        told = profile / "DevToolsActivePort"
        end = time.monotonic() + SECONDS
        while not (told.exists() and told.read_text().count("\n")):
            assert process.poll() is None, "the browser ended at once"
            assert time.monotonic() < end, "the browser does not answer"
            time.sleep(0.05)
        session, browser = loop.run_until_complete(_connect(loop, told.read_text().split("\n")[0]))
        try:
            for domain in ("Page", "Runtime", "Log"):
                browser.call(f"{domain}.enable")
            yield browser
        finally:
            loop.run_until_complete(session.close())
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        loop.close()


async def _connect(loop: asyncio.AbstractEventLoop, port: str) -> tuple[aiohttp.ClientSession, Browser]:
    session = aiohttp.ClientSession()
    async with session.get(f"http://127.0.0.1:{port}/json") as answer:
        page = next(one for one in await answer.json() if one["type"] == "page")
    socket = await session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0)
    return session, Browser(loop, socket)
