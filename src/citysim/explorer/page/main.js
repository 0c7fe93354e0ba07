// The page put together: data unpacked, every part drawn anew where the state has changed.

import { drawCard } from "explorer/card.js";
import { drawCourse, drawShares, sharesOf, coursesOf } from "explorer/charts.js";
import { Experiment, unpacked } from "explorer/data.js";
import { drawLevers, drawMapControls, drawMeasure } from "explorer/levers.js";
import { landOf, Maps } from "explorer/map.js";
import { drawAnswer, drawNumbers, whenOf } from "explorer/numbers.js";
import { csvOf, pngOf, save } from "explorer/out.js";
import { State } from "explorer/state.js";
import { number, setWords, t, whole } from "explorer/words.js";

const at = (id) => document.getElementById(id);
const FEW = 19;

function experimentsOf(records, array) {
  return records.experiments.map((each) => new Experiment(each, records, array));
}

/** What is told at the pointer. */
const tip = {
  show(event, words) {
    const box = at("tip");
    box.textContent = words;
    box.hidden = false;
    box.style.left = `${Math.min(event.clientX + 12, innerWidth - box.offsetWidth - 8)}px`;
    box.style.top = `${Math.min(event.clientY + 14, innerHeight - box.offsetHeight - 8)}px`;
  },
  hide() {
    at("tip").hidden = true;
  },
};

class Page {
  #cursor = () => {};
  #asked = false;
  #playing = null;

  constructor(records, array) {
    this.records = records;
    this.version = 0;
    this.state = new State(experimentsOf(records, array));
    this.maps = new Maps({ land: landOf(records.land), state: this.state, tip });
    this.state.onChange(() => this.later());
    at("quarter").addEventListener("input", (event) => this.state.set({ q: Number(event.target.value) }));
    at("play").addEventListener("click", () => this.play());
    at("csv").addEventListener("click", () => save(new Blob([csvOf(this.state)], { type: "text/csv" }), `${this.name}.csv`));
    at("png").addEventListener("click", async () => save(await pngOf(this.state, at("credits").textContent), `${this.name}.png`));
    at("link").addEventListener("click", () => this.link());
    for (const query of ["(prefers-color-scheme: dark)"]) matchMedia(query).addEventListener("change", () => this.later());
    new ResizeObserver(() => this.later()).observe(at("course-chart"));
  }

  /** Show other data of the same worlds. */
  load(records, array) {
    this.records = records;
    this.version += 1;
    this.state.load(experimentsOf(records, array));
  }

  get name() {
    return `${this.state.experiment.name}_${this.state.o}`;
  }

  /** Draw once before the next picture, however often the state has changed till then. */
  later() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.draw();
    });
  }

  draw() {
    const { state } = this;
    const { experiment } = state;
    // While time runs only what shows it has changed.
    const key = [this.version, state.x, state.a, state.b, state.view, state.o, state.measure, state.city, state.network, at("course-chart").clientWidth, matchMedia("(prefers-color-scheme: dark)").matches].join();
    if (key !== this.key) {
      this.key = key;
      at("question").textContent = experiment.question || t("title");
      drawAnswer(at("answer"), state);
      drawLevers(at("controls"), state);
      drawMapControls(at("map-controls"), state);
      this.maps.draw();
      this.charts();
      drawCard(at("card-body"), state);
      this.foot();
    } else if (this.date !== experiment.dateAt(state.q)) {
      this.maps.draw();
      drawCard(at("card-body"), state);
    }
    this.date = experiment.dateAt(state.q);
    drawNumbers(at("numbers-table"), state);
    this.time();
  }

  charts() {
    const { state } = this;
    const { experiment } = state;
    const outcome = experiment.outcome(state.o);
    this.#cursor = drawCourse(at("course-chart"), state);
    const fields = { outcome: outcome.label, unit: outcome.unit };
    const some = coursesOf(state).length > 0;
    const key = outcome.summary === "sum" ? "course.year" : "course.of";
    const lead = state.view === "diff" ? `${t("course.difference")}. ` : "";
    const why = !experiment.courses ? t("course.none", { command: experiment.record.trajectories }) : outcome.better ? t("numbers.no_pair") : t("course.world", fields);
    at("course-note").textContent = some ? lead + t(key, fields) : why;
    drawMeasure(at("shares-controls"), state);
    drawShares(at("shares-chart"), state);
    at("shares-note").textContent = sharesOf(state).length ? t("shares.alt") : t("shares.none");
  }

  time() {
    const { experiment, q } = this.state;
    const years = experiment.times;
    at("time").hidden = !years;
    if (!years) return;
    const slider = at("quarter");
    slider.max = years.length - 1;
    slider.value = q;
    const words = whenOf(years, q);
    slider.setAttribute("aria-valuetext", words);
    at("when").textContent = words;
    this.#cursor(q);
  }

  play() {
    const stop = () => {
      clearInterval(this.#playing);
      this.#playing = null;
      at("play").textContent = t("play");
    };
    if (this.#playing) {
      stop();
      return;
    }
    const last = () => this.state.experiment.times.length - 1;
    if (this.state.q >= last()) this.state.set({ q: 0 });
    at("play").textContent = t("pause");
    // Where motion is not wanted time goes on by years, slowly.
    const [step, pause] = matchMedia("(prefers-reduced-motion: reduce)").matches ? [4, 1000] : [1, 90];
    this.#playing = setInterval(() => {
      this.state.set({ q: Math.min(this.state.q + step, last()) });
      if (this.state.q >= last()) stop();
    }, pause);
  }

  async link() {
    try {
      await navigator.clipboard.writeText(location.href);
      at("out-said").textContent = t("out.copied");
    } catch {
      at("out-said").textContent = t("out.here");
    }
  }

  foot() {
    const { experiment, o, view } = this.state;
    const count = whole(experiment.replications);
    const few = experiment.replications === 1 ? ` ${t("one")}` : experiment.replications < FEW ? ` ${t("few", { count })}` : "";
    at("limits").textContent = t(experiment.defaults ? "limits.defaults" : "limits", { count }) + few;
    const [course, city] = [experiment.courses?.[view === "diff" ? "pair" : "level"][o], experiment.cities?.[view === "diff" ? "against" : "level"][o]].map((kept) => (kept ? number(kept.step) : "–"));
    const then = experiment.cities?.then?.level[o];
    const finer = then ? ` ${t("rounding.then", { step: number(then.step) })}` : "";
    at("rounding").textContent = t("rounding", { course, city, outcome: experiment.outcome(o).label }) + finer;
    at("credits").textContent = t("credits", { version: this.records.version, credits: this.records.credits });
  }
}

async function start() {
  if (!("DecompressionStream" in globalThis && CSS.supports("color", "light-dark(red, blue)"))) {
    at("status").textContent = at("status").dataset.old;
    return;
  }
  let page = null;
  const show = async (given, choose = () => {}) => {
    const { records, array } = await unpacked(given);
    setWords(records.words);
    document.querySelector("main").hidden = false;
    at("status").hidden = true;
    if (page) page.load(records, array);
    else page = new Page(records, array);
    choose(page.state); // before it is drawn, so that it is drawn once
    page.draw();
    // For tests and whoever looks under the bonnet.
    globalThis.explorer = { page, csvOf };
    document.documentElement.dataset.ready = "yes";
    return page.state;
  };
  const live = at("live-knows");
  if (live) await (await import("explorer/live.js")).startLive(JSON.parse(live.textContent), at("payload").textContent.trim(), show);
  else await show(at("payload").textContent);
}

await start();
