// The panel of a live page: every parameter, runs that are asked for, how they go.

import { Events, inShort } from "explorer/events.js";
import { element, number, read, setWords, t, typed } from "explorer/words.js";

const ENGLISH = document.documentElement.lang === "en";
const SOON = 10;
const SELDOM = 3000;
const at = (id) => document.getElementById(id);

/** Draw the panel, show what data there are, and hear of more. */
export async function startLive(knows, payload, show) {
  setWords(knows.words);
  at("status").textContent = t("live.first");
  const panel = new Panel(knows, show);
  if (payload) panel.state = await show(payload);
  await panel.hear();
}

class Panel {
  /** Values that differ from where they start, by field. */
  #changed = new Map();
  #jobs = [];
  #wanted = null;
  #timer = null;
  #turn = 0;

  constructor(knows, show) {
    Object.assign(this, { knows, show, version: knows.version, state: null });
    this.events = new Events(knows.kinds, () => this.#count());
    this.draw();
  }

  async #ask(address, method = "GET", body = undefined) {
    const headers = method === "GET" ? {} : { "content-type": "application/json", [this.knows.header]: this.knows.change };
    return fetch(address, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  }

  draw() {
    const { fields, seeds, most_seeds: most, base } = this.knows;
    const groups = Map.groupBy(fields, (field) => field.group);
    this.rows = new Map();
    const parts = [...groups].map(([group, members]) => element("details", {}, element("summary", {}, t(`live.group.${group}`)), ...members.map((field) => this.#row(field))));
    const filter = element("input", { type: "search", id: "live-filter", autocomplete: "off" });
    filter.addEventListener("input", () => this.#filter(filter.value.trim().toLowerCase(), parts));
    const wanted = element("input", { type: "number", id: "live-seeds", min: 1, max: most, value: seeds, "aria-describedby": "fault-seeds" });
    at("live-body").replaceChildren(
      element("p", { class: "note" }, t("live.about", { arm: base })),
      ...(ENGLISH ? [] : [element("p", { class: "note" }, t("live.english"))]),
      element(
        "div", { class: "row" },
        element("label", { class: "field" }, element("span", {}, t("live.seeds", { most })), wanted, element("span", { id: "fault-seeds", class: "fault" })),
        element("button", { type: "button", id: "live-run", onclick: () => this.run() }, t("live.run")),
        element("button", { type: "button", id: "live-cancel", disabled: true, onclick: () => this.cancel() }, t("live.cancel")),
        element("button", { type: "button", id: "live-reset", onclick: () => this.reset() }, t("live.reset")),
        element("span", { id: "live-changed", class: "note", role: "status" }),
      ),
      element("p", { id: "fault-", class: "fault", role: "alert" }),
      element("p", {}, element("progress", { id: "live-progress", max: 1, value: 0, "aria-label": t("live.progress") })),
      element("h3", { class: "small" }, t("live.tried")),
      element("div", { role: "status" }, element("ul", { id: "live-jobs", tabindex: 0, "aria-label": t("live.tried") })),
      element("p", {}, element("a", { href: "/api/config.toml", id: "live-save", download: true }, t("live.save"))),
      this.events.part,
      element("label", { class: "field" }, element("span", {}, t("live.filter")), filter),
      element("div", { class: "groups" }, ...parts),
    );
  }

  #row(field) {
    const { name, kind, value, about, unit, allowed, prior } = field;
    const id = `live-${name}`;
    const described = `about-${name} fault-${name}`;
    const control = kind === "switch"
      ? element("input", { type: "checkbox", id, checked: value, "aria-describedby": described })
      : element("input", { type: "text", id, value: typed(value), inputmode: kind === "number" ? "decimal" : "text", autocomplete: "off", spellcheck: "false", "aria-describedby": described });
    control.addEventListener("change", () => this.#note(field, control));
    const reset = element("button", { type: "button", class: "tiny", hidden: true, "aria-label": t("live.reset_one", { name }), onclick: () => this.#restore(field, control) }, t("live.reset"));
    const facts = [...(unit ? [t("live.allowed", { unit, allowed })] : []), ...(prior ? [t("live.uncertain", { low: number(prior[0]), high: number(prior[1]) })] : [])];
    const row = element(
      "div", { class: `parameter${prior ? " uncertain" : ""}` },
      element("label", { for: id, lang: "en" }, name.replaceAll("_", " ")),
      control,
      reset,
      element("span", { id: `about-${name}`, class: "note" }, element("span", { lang: "en" }, `${about}${facts.length ? ". " : ""}`), facts.join(". ")),
      element("span", { id: `fault-${name}`, class: "fault", lang: "en" }),
    );
    this.rows.set(name, { field, control, reset, row, words: `${name.replaceAll("_", " ")} ${name} ${about}`.toLowerCase() });
    return row;
  }

  #filter(text, parts) {
    for (const { row, words } of this.rows.values()) row.hidden = Boolean(text) && !words.includes(text);
    for (const part of parts) {
      part.hidden = Boolean(text) && ![...part.querySelectorAll(".parameter")].some((row) => !row.hidden);
      if (text) part.open = true;
    }
  }

  #note({ name, kind, value }, control) {
    // What is no number is sent as it stands, so that the server says what is wrong with it.
    const text = control.value.trim();
    const given = kind === "switch" ? control.checked : kind === "number" ? read(text) : text;
    if (given === value) this.#changed.delete(name);
    else this.#changed.set(name, given);
    this.rows.get(name).reset.hidden = given === value;
    this.#say(name, "");
    this.#count();
  }

  #restore(field, control) {
    if (field.kind === "switch") control.checked = field.value;
    else control.value = typed(field.value);
    this.#note(field, control);
    control.focus();
  }

  #count() {
    const count = this.#changed.size + this.events.count;
    at("live-changed").textContent = count ? t("live.changed", { count }) : "";
  }

  /** Say what is wrong with a field, at the field; nothing where nothing is. */
  #say(name, why) {
    const place = at(`fault-${name}`) ?? at("fault-");
    place.textContent = place.id === `fault-${name}` || !why ? why : `${name}: ${why}`;
    const control = name === "seeds" ? at("live-seeds") : this.rows.get(name)?.control;
    if (!control) return;
    if (why) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    const part = control.closest("details");
    if (why && part) part.open = true;
  }

  reset() {
    for (const { field, control } of this.rows.values()) if (this.#changed.has(field.name)) this.#restore(field, control);
    this.events.reset();
    at("live-reset").focus();
  }

  async run() {
    for (const name of ["", "seeds", ...this.rows.keys()]) this.#say(name, "");
    this.events.clear();
    const seeds = Number(at("live-seeds").value);
    let answer = null;
    try {
      const settings = { ...Object.fromEntries(this.#changed), ...(this.events.count ? { events: this.events.value } : {}) };
      answer = await this.#ask("/api/jobs", "POST", { settings, seeds });
    } catch {
      this.#say("", t("live.gone"));
      return;
    }
    const told = await answer.json();
    if (answer.ok) {
      this.#wanted = told.arm;
      await this.hear();
      return;
    }
    const faults = told.faults ?? { "": told.error };
    const places = Object.entries(faults).map(([name, why]) => {
      if (name === "events" || name.startsWith("events.")) return this.events.say(name, why);
      this.#say(name, why);
      return this.rows.get(name)?.control ?? null;
    });
    places.find((control) => control !== null)?.focus();
  }

  async cancel() {
    const job = this.#jobs.find(({ state }) => state === "running");
    if (job) await this.#ask(`/api/jobs/${job.number}`, "DELETE");
    await this.hear();
  }

  /** Ask how all jobs go, show newer data, and ask again later. */
  async hear(after = undefined) {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    let pause = SELDOM;
    let next;
    try {
      const { version, news, jobs } = await (await this.#ask(after === undefined ? "/api/jobs" : `/api/jobs?after=${after}`)).json();
      if (turn !== this.#turn) return; // asked anew meanwhile
      this.#jobs = jobs;
      this.#tell();
      if (version !== this.version) {
        this.version = version;
        const given = await (await this.#ask("/api/payload")).arrayBuffer();
        this.state = await this.show(given, (state) => this.#choose(state));
      }
      // While runs are at work the server answers as soon as there is news.
      if (jobs.some(({ state }) => state === "running")) [pause, next] = [SOON, news];
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.#say("", t("live.gone"));
    }
    if (turn === this.#turn) this.#timer = setTimeout(() => this.hear(next), pause);
  }

  /** Show the arm that was asked for once it is there, beside what was shown. */
  #choose(state) {
    if (this.#wanted === null) return;
    const { experiment, a, view } = state;
    const arms = experiment.levers[0].values;
    const place = arms.findIndex(({ value }) => value === this.#wanted);
    if (place < 0) return;
    this.#wanted = null;
    state.set({ a: experiment.moved(a, 0, place), b: a, view: view === "one" ? "two" : view });
  }

  #tell() {
    const running = this.#jobs.find(({ state }) => state === "running");
    at("live-cancel").disabled = !running;
    const bar = at("live-progress");
    bar.max = running?.total || 1;
    bar.value = running ? running.done + running.failed : 1;
    const lines = this.#jobs.map((job) => {
      const fields = { done: job.done, total: job.total, seeds: job.seeds_done, wanted: job.seeds, why: job.why };
      const settings = Object.entries(job.settings).map(([name, value]) => (name === "events" ? inShort(value) : `${name} = ${typed(value)}`)).join(", ");
      const named = job.arm ? `${t("live.own", { number: job.arm.match(/\d+$/)[0] })}: ${settings}` : t("live.config");
      return element("li", {}, `${named} (${t(`live.state.${job.state}`, fields)})`);
    });
    at("live-jobs").replaceChildren(...lines.reverse());
  }
}
