"""How long a live page takes from a change to its first answer, and where the time goes.

    uv run python benchmarks/first_answer.py
    uv run python benchmarks/first_answer.py --base HEAD~3    # an older commit in turn with this one

A real server, and its page in Chromium. A round sets ``twinning_cost`` to a value that nobody has tried,
presses *Run*, and ends once the page has drawn the new arm and its answer; the next begins once all
replications are there. So arms and runs grow with the rounds, as a reader's do. Wall time is the page's
own clock. Processor time is that of the server with all its processes, and of the browser with all of its.
"""

import argparse
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from measuring import chromium, spread

ROOT = Path(__file__).parents[1]
#: Presses *Run* for a value of a field and gives times of the page in ms, once the answer is drawn.
_ROUND = """async ([field, value]) => {
  const at = (id) => document.getElementById(id);
  const control = at(`live-${field}`);
  const before = at("a-arm").options.length;
  control.value = value;
  control.dispatchEvent(new Event("change"));
  performance.clearResourceTimings();
  const began = performance.now();
  const there = () => at("a-arm").options.length > before && at("a-arm").selectedIndex === before;
  await new Promise((resolve) => {
    const watched = new MutationObserver(() => {
      if (!there()) return;
      watched.disconnect();
      requestAnimationFrame(() => setTimeout(resolve));
    });
    watched.observe(document.body, { subtree: true, childList: true });
    at("live-run").click();
  });
  const drawn = performance.now();
  const asked = performance.getEntriesByType("resource");
  const post = asked.find(({ name }) => name.includes("/api/jobs"));
  const data = asked.findLast(({ name }) => name.includes("/api/payload"));
  const told = Object.fromEntries(data.serverTiming.map(({ name, duration }) => [name, duration]));
  return { all: drawn - began, asked: post.responseEnd - began, waited: data.startTime - post.responseEnd,
    sent: data.responseEnd - data.startTime, drawn: drawn - data.responseEnd, told };
}"""
#: Part → what it is. Those of the server are told by its header ``server-timing``.
PARTS = {
    "all": "**from the press to the drawn answer**",
    "asked": "until the server has taken the request",
    "waited": "until the page hears that data are there",
    "plan": "… of it: config and plan",
    "runs": "… of it: the runs",
    "tables": "… of it: their tables",
    "payload": "… of it: the page's data",
    "sent": "data sent",
    "drawn": "data unpacked, page drawn",
    "server": "processor time of the server",
    "browser": "processor time of the browser",
}


def main() -> None:
    """Measure in turn and print."""
    parser = argparse.ArgumentParser(description="time from a change on a live page to its first answer")
    parser.add_argument("--base", help="an older commit to measure in turn with this one")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=8, help="replications asked for; the first is timed")
    parser.add_argument("--pause", type=float, default=3.0, help="seconds to read an answer")
    parser.add_argument("--config", help="path or name of an experiment; else the standard page")
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  takes a while

    with ExitStack() as stack:
        trees = {"now": ROOT}
        if asked.base:
            trees = {"before": stack.enter_context(_source_of(asked.base)), **trees}
        playwright = stack.enter_context(sync_playwright())
        pages = {
            name: Opened(
                stack,
                playwright,
                *stack.enter_context(_serving(tree, asked.config, asked.seeds)),
                pause=asked.pause,
            )
            for name, tree in trees.items()
        }
        found: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
        for number in range(asked.rounds + 1):
            for name, page in pages.items():
                told = page.round(f"{0.2 + number / 1000:.3f}")
                if number:  # the first warms the page
                    found[name].append(told)
                print(f"{name} {number}: {told['all']:,.0f} ms", file=sys.stderr, flush=True)
    print(f"{asked.rounds} rounds; best: median (range), ms\n")
    print(f"| what | {' | '.join(found)} |\n|---|{'---|' * len(found)}")
    for part, what in PARTS.items():
        cells = [_cell([told[part] for told in of if part in told]) for of in found.values()]
        print(f"| {what} | {' | '.join(cells)} |")


def _cell(values: list[float]) -> str:
    return f"{min(values):,.0f}: {spread([round(value) for value in values])}" if values else "–"


class Opened:
    """A page in a browser of its own."""

    def __init__(
        self, stack: ExitStack, playwright: Any, address: str, server: psutil.Process, *, pause: float
    ) -> None:
        before = set(_programs("chromium"))
        browser = chromium(playwright)
        stack.callback(browser.close)
        self._browser = [one for one in _programs("chromium") if one not in before]
        self._server, self._pause = server, pause
        self._page = browser.new_page(viewport={"width": 1280, "height": 800})
        self._page.goto(address)
        self._page.wait_for_selector("html[data-ready]", timeout=60_000)

    def round(self, value: str) -> dict[str, float]:
        """Times of one answer by part, ms."""
        before = self._processor()
        found: dict[str, Any] = self._page.evaluate(_ROUND, ["twinning_cost", value])
        after = self._processor()
        self._page.locator("#live-cancel:disabled").wait_for(timeout=120_000)
        time.sleep(self._pause)
        return {**found, **found.pop("told"), **{part: 1e3 * (after[part] - before[part]) for part in after}}

    def _processor(self) -> dict[str, float]:
        return {
            "server": _seconds([self._server, *self._server.children(recursive=True)]),
            "browser": _seconds(self._browser),
        }


def _seconds(processes: list[psutil.Process]) -> float:
    """Processor time."""
    whole = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            whole += sum(process.cpu_times()[:2])
    return whole


def _programs(name: str) -> list[psutil.Process]:
    """Processes that this one has started, of a name."""
    return [one for one in psutil.Process().children(recursive=True) if name in one.name()]


@contextmanager
def _source_of(commit: str) -> Iterator[Path]:
    """The source of a commit in a folder of its own."""
    packed = subprocess.run(["git", "archive", commit, "src"], cwd=ROOT, check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


@contextmanager
def _serving(tree: Path, config: str | None, seeds: int) -> Iterator[tuple[str, psutil.Process]]:
    """A server of a tree of the source; its address once its first runs are done, and its process."""
    options = ["--port", "0", "--seeds", str(seeds), *([config] if config else [])]
    process = subprocess.Popen(
        [sys.executable, "-m", "citysim", "explore", "--live", *options],
        env={**os.environ, "PYTHONPATH": str(tree / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101  a pipe was asked for
        address = process.stdout.readline().strip()
        while json.loads(_get(f"{address}api/jobs"))["jobs"][0]["state"] == "running":
            time.sleep(0.5)
        yield address, psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310  what the server has printed
        found: str = answer.read().decode()
    return found


if __name__ == "__main__":
    main()
