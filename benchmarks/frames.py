"""How long a page of ``citysim explore`` takes for a frame while a slider or a lever moves.

    uv run python benchmarks/frames.py explorer.html

Chromium without a graphics card, which draws on the processor. The time slider goes a quarter further with
every frame, then setting A to the next value of each lever. Of each frame the time from its beginning until
all is drawn, style and layout included; at 60 frames a second there are 16.7 ms.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from measuring import chromium

FRAME_MS = 1000 / 60
#: Changes something before each frame, and gives how long each frame then took, in ms.
_MOVED = """async ([what, count]) => {
  const { state } = explorer.page;
  const { experiment } = state;
  const lever = experiment.levers.findIndex(({ name }) => name === what);
  const move = (turn) => {
    if (lever < 0) return state.set({ q: turn % experiment.times.length });
    const values = experiment.levers[lever].values.length;
    return state.set({ a: experiment.moved(state.a, lever, turn % values) });
  };
  const frames = [];
  for (let turn = 1; turn <= count; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve));
    move(turn);
    frames.push(await new Promise((resolve) => {
      requestAnimationFrame((began) => {
        document.body.getBoundingClientRect();
        setTimeout(() => resolve(performance.now() - began));
      });
    }));
  }
  return frames;
}"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="frames of a page while a slider moves")
    parser.add_argument("page", type=Path)
    parser.add_argument("--frames", type=int, default=120)
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  takes a while

    with sync_playwright() as playwright:
        browser = chromium(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(asked.page.resolve().as_uri())
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        levers = page.evaluate("() => explorer.page.state.experiment.levers.map(({ name }) => name)")
        print(f"{asked.frames} frames each\n")
        print(f"| what moves | median, ms | 95 %, ms | in {FRAME_MS:.1f} ms |\n|---|---|---|---|")
        for what in ("time", *levers):
            print(_row(what, page.evaluate(_MOVED, [what, asked.frames])))
        browser.close()


def _row(what: str, frames: list[Any]) -> str:
    middle, most = np.percentile(frames, [50, 95])
    return f"| {what} | {middle:.1f} | {most:.1f} | {np.mean(np.array(frames) <= FRAME_MS):.0%} |"


if __name__ == "__main__":
    main()
