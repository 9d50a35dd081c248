"""A headless Chromium driven over a pair of pipes: no package beyond the standard library."""

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

PATIENCE = 120.0
"""Seconds that the browser has for an answer."""


def find_chromium() -> str | None:
    """Path of a Chromium or Chrome; None where there is none."""
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next(filter(None, map(shutil.which, names)), None)


class Chromium:
    """One page of a browser, by the DevTools protocol: JSON texts that end with a zero byte.

    The browser reads commands from its descriptor 3 and writes answers and events to 4.
    """

    def __init__(self, program: str) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        low_read, self._commands = os.pipe()
        self._answers, low_write = os.pipe()
        # Away from 3 and 4, where a shell puts them for the browser. Root needs --no-sandbox.
        read_commands = fcntl.fcntl(low_read, fcntl.F_DUPFD, 10)
        write_answers = fcntl.fcntl(low_write, fcntl.F_DUPFD, 10)
        command = (
            f'exec "$0" "$@" 3<&{read_commands} 4>&{write_answers} '
            f"{read_commands}<&- {write_answers}>&-"
        )
        arguments = [
            *("--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"),
            *("--no-first-run", "--disable-dev-shm-usage", "--hide-scrollbars"),
            *("--disable-background-networking", f"--user-data-dir={self._profile.name}"),
        ]
        self._process = subprocess.Popen(
            ["bash", "-c", command, program, *arguments, "about:blank"],
            pass_fds=(read_commands, write_answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for descriptor in [low_read, low_write, read_commands, write_answers]:
            os.close(descriptor)
        os.set_blocking(self._answers, False)
        self._rest, self._id, self._session = b"", 0, None
        self.events: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.send(f"{domain}.enable")

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(30)
        os.close(self._commands)
        os.close(self._answers)
        self._profile.cleanup()

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Result of one command; events that come before it are kept."""
        self._id += 1
        message: dict[str, Any] = {"id": self._id, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._id:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method: str) -> None:
        """Wait until an event has come that has not been waited for."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._receive())

    def run(self, script: str) -> Any:
        """Value of a JavaScript expression in the page."""
        found = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"]["exception"]["description"])
        return found["result"].get("value")

    def open(self, path: Path, width: int = 1280, height: int = 900) -> None:
        """Load a file in a window of this size."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        self.events.clear()
        self.send("Page.navigate", url=path.resolve().as_uri())
        self.wait_for("Page.loadEventFired")

    def press(self, key: str, text: str = "") -> None:
        """Press and release a key of the keyboard."""
        for kind in ["keyDown", "keyUp"]:
            code = {"Enter": 13, "Tab": 9, " ": 32}[key]
            more = {"text": text} if text and kind == "keyDown" else {}
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more
            )

    def _receive(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            try:
                part = os.read(self._answers, 1 << 20)
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TimeoutError(f"no answer in {PATIENCE:.0f} s") from None
                time.sleep(0.005)
                continue
            if not part:
                raise RuntimeError("the browser has ended")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)
