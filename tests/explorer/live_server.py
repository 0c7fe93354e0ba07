"""A server of live pages to ask, as its page does."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from small_results import CONFIG

LIVE = (
    CONFIG.replace('"small"', '"tried"')
    .replace("seeds = 6", "seeds = 2")
    .replace("[0.0, 0.5, 1.0]", "[0.0, 1.0]")
)


class Server:
    """A running ``citysim explore --live``, and what a page of it knows."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address, _, query = address.partition("?")
        self.token = query.removeprefix("token=")
        page = self.ask("", headers={"authorization": f"Bearer {self.token}"})[1]
        knows = json.loads(re.search(r'id="live-knows">([^<]*)<', page).group(1))
        self.own = {
            "content-type": "application/json",
            knows["header"]: knows["change"],
            "origin": self.address.rstrip("/"),
        }

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, headers: Any = ()
    ) -> tuple[int, str]:
        """Status and body of an answer."""
        request = urllib.request.Request(self.address + path, body, dict(headers), method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def data(self) -> bytes:
        """The newest data of the page."""
        with urllib.request.urlopen(f"{self.address}api/payload", timeout=30) as answer:
            return answer.read()

    def post(self, settings: Any, **more: Any) -> tuple[int, Any]:
        """Ask for runs as the page does."""
        body = json.dumps({"settings": settings, **more}).encode()
        status, text = self.ask("api/jobs", "POST", body, self.own)
        return status, json.loads(text)

    def wait(self, number: int) -> dict[str, Any]:
        """The job once it has ended."""
        for _ in range(1200):
            job = json.loads(self.ask("api/jobs")[1])["jobs"][number - 1]
            if job["state"] != "running":
                return job
            time.sleep(0.1)
        raise AssertionError(job)


@contextmanager
def running(folder: Path, *options: str, config: str = LIVE) -> Iterator[Server]:
    """A server of a config on a free port."""
    (folder / "tried.toml").write_text(config, encoding="utf-8")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "citysim",
            "explore",
            "--live",
            "tried.toml",
            "--port",
            "0",
            "--seeds",
            "2",
            *options,
        ],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://"), process.stderr and process.stderr.read()
        yield Server(process, address)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(30)
        process.communicate()
