"""Firefox without a driver of its own: its Marionette protocol, as much of it as a test needs."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PREFERENCES = {
    "marionette.port": 0,  # a free one; Firefox writes it into its profile
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.server": "",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


def find_firefox() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """A headless Firefox with one window."""

    def __init__(self, connection: socket.socket):
        self._connection, self._file, self._n = connection, connection.makefile("rb"), 0
        self._receive()  # the greeting
        self("WebDriver:NewSession")

    def _receive(self):
        length = b""
        while (byte := self._file.read(1)) != b":":
            assert byte, "Firefox has ended"
            length += byte
        return json.loads(self._file.read(int(length)))

    def __call__(self, command: str, **parameters):
        self._n += 1
        message = json.dumps([0, self._n, command, parameters])
        self._connection.sendall(f"{len(message.encode())}:{message}".encode())
        try:
            _, _, error, result = self._receive()
        except TimeoutError:
            raise AssertionError(f"Firefox gave no answer to {command}") from None
        assert error is None, error
        return result

    def open(self, address: str) -> None:
        self("WebDriver:Navigate", url=address)

    def run(self, script: str, *arguments):
        """The value that a script returns in the page."""
        return self("WebDriver:ExecuteScript", script=script, args=list(arguments))["value"]

    def run_async(self, script: str, *arguments):
        """The value that a script gives to its last argument, a function."""
        return self("WebDriver:ExecuteAsyncScript", script=script, args=list(arguments))["value"]

    def upload(self, selector: str, path: Path) -> None:
        """Choose a file in an input for files."""
        found = self("WebDriver:FindElement", using="css selector", value=selector)["value"]
        self("WebDriver:ElementSendKeys", id=next(iter(found.values())), text=str(path))

    def until(self, condition: str, seconds: float = 60) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.run(f"return Boolean({condition})"):
            assert time.monotonic() < end, f"never true: {condition}"
            time.sleep(0.05)


@contextlib.contextmanager
def start_firefox():
    """A new Firefox with a profile of its own; it and all that it started end with the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = (f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in PREFERENCES.items())
        (Path(profile) / "user.js").write_text("\n".join(lines))
        command = [find_firefox(), "--headless", "--no-remote", "--marionette", "--profile", profile]
        environment = os.environ | {"HOME": profile, "MOZ_CRASHREPORTER_DISABLE": "1"}
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            port, end = Path(profile) / "MarionetteActivePort", time.monotonic() + 90
            while not (port.exists() and port.read_text()):
                assert process.poll() is None and time.monotonic() < end, "Firefox does not start"
                time.sleep(0.1)
            with socket.create_connection(("127.0.0.1", int(port.read_text())), timeout=180) as connection:
                yield Firefox(connection)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
