// The map of the cities: Equal Earth, dots by people, coloured by the outcome, ties of a city or a network.

import { scaleOf, themed } from "explorer/colours.js";
import { BEFORE, END } from "explorer/data.js";
import { quarterOf } from "explorer/numbers.js";
import { element, interval, number, t, whole } from "explorer/words.js";

const { geoArea, geoEqualEarth, geoPath } = globalThis.d3;
const ROTATED = [-11, 0]; // the cut runs through the Bering Strait
const MARGIN = 6;

/** Land as d3 winds it: the smaller side of a ring is inside. */
export function landOf(polygons) {
  const coordinates = polygons.map((rings) => {
    const whole = geoArea({ type: "Polygon", coordinates: [rings[0]] }) > 2 * Math.PI;
    return whole ? rings.map((ring) => [...ring].reverse()) : rings;
  });
  return { type: "MultiPolygon", coordinates };
}

/** What the map shows of the state at a date: values by city, and what they are in words. */
export function shownOnMap(state, which, date = state.experiment.dateAt(state.q)) {
  const { experiment, o, a, b, view } = state;
  const outcome = experiment.outcome(o);
  const recorded = experiment.cities?.level[o];
  const difference = view === "diff";
  if (!recorded || date === BEFORE) return { values: null, words: "", difference, date };
  const values = difference ? experiment.cityDifference(a, b, o, date) : experiment.ofCities(which === "b" ? b : a, o, date);
  const [end, then] = !difference ? ["map.level", "map.level.then"] : values.paired ? ["map.against", "map.against.then"] : ["map.medians", "map.medians.then"];
  const words = date === END ? t(end, { outcome: outcome.label, year: experiment.year }) : t(then, { outcome: outcome.label, ...quarterOf(experiment.endOf(date)) });
  return { values, words, difference, date };
}

/** What is to know of the dates that the map goes by. */
function datesOf({ experiment, q }) {
  const { then } = experiment.cities;
  if (!then) return t("map.still", { command: experiment.record.cities_every });
  if (!then.quarters.length) return t("map.no_room", { recorded: whole(then.recorded) });
  const date = experiment.dateAt(q);
  const told = date === BEFORE ? t("map.before", quarterOf(experiment.endOf(0))) : t("map.date", quarterOf(experiment.endOf(date)));
  const fewer = then.quarters.length < then.recorded ? [t("map.fewer", { kept: whole(then.quarters.length), recorded: whole(then.recorded) })] : [];
  const bare = Object.keys(then.against).length ? [] : [t("map.bare")];
  return [told, ...fewer, ...bare].join(" ");
}

/** Why the map has no colours, or what to know of them. */
export function noteOf(state) {
  const { experiment, o } = state;
  if (!experiment.world) return t("map.no_world");
  if (!experiment.cities) return t("map.no_cities", { command: experiment.record.cities });
  if (!experiment.cities.level[o]) return t("map.world_only", { outcome: experiment.outcome(o).label });
  return datesOf(state);
}

export class CityMap {
  #projected = null;
  #base = null;

  constructor({ land, state, which, tip }) {
    Object.assign(this, { land, state, which, tip });
    this.canvas = element("canvas", { role: "img", tabindex: "-1" });
    this.caption = element("figcaption");
    this.figure = element("figure", {}, this.caption, this.canvas);
    this.canvas.addEventListener("pointermove", (event) => this.#hover(event));
    this.canvas.addEventListener("pointerleave", () => this.tip.hide());
    this.canvas.addEventListener("click", (event) => {
      const city = this.#at(event);
      if (city !== null) this.state.set({ city });
    });
  }

  /** Draw the state; ``scale`` is that of all maps of the view. */
  draw(scale) {
    const { state, canvas } = this;
    const { world } = state.experiment;
    const { values, words, difference } = shownOnMap(state, this.which);
    this.values = values;
    this.#fit();
    const context = canvas.getContext("2d");
    context.drawImage(this.#base, 0, 0);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const ties = this.#ties(world);
    const bare = themed("bare");
    const { x, y, radius, order } = this.#projected;
    context.lineWidth = 0.4;
    context.strokeStyle = themed("rim");
    for (const city of order) {
      const value = values?.median[city];
      const known = values && Number.isFinite(value);
      context.fillStyle = known && scale ? scale.colour(value) : bare;
      context.globalAlpha = ties.faded && !ties.among.has(city) ? 0.25 : 0.92;
      context.beginPath();
      context.arc(x[city], y[city], radius[city], 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
    context.globalAlpha = 1;
    this.#drawTies(context, world, ties);
    context.setTransform(1, 0, 0, 1, 0, 0);
    const label = t("map.of", { count: whole(world.count), what: words || t("map.places") });
    canvas.setAttribute("aria-label", label);
    this.caption.replaceChildren();
    if (state.view === "two") {
      const { experiment } = state;
      const setting = this.which === "a" ? state.a : state.b;
      this.caption.append(element("span", { class: `which ${this.which}` }, t(this.which)), experiment.label(setting));
    }
    this.difference = difference;
  }

  /** Projection, land and places for the size at hand, drawn anew where it or the theme has changed. */
  #fit() {
    const { world } = this.state.experiment;
    const width = Math.max(this.canvas.clientWidth, 200);
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const key = [width, ratio, themed("land"), this.state.x].join();
    if (key === this.key) return;
    this.projection = geoEqualEarth().rotate(ROTATED).fitWidth(width - 2 * MARGIN, this.land);
    const [[left, top], [, bottom]] = geoPath(this.projection).bounds(this.land);
    const [x0, y0] = this.projection.translate();
    this.projection.translate([x0 - left + MARGIN, y0 - top + MARGIN]);
    const height = Math.round(bottom - top + 2 * MARGIN);
    Object.assign(this, { key, ratio });
    Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    this.canvas.style.height = `${height}px`;
    this.#base = new OffscreenCanvas(this.canvas.width, this.canvas.height);
    const context = this.#base.getContext("2d");
    context.scale(ratio, ratio);
    context.fillStyle = themed("sea");
    context.fillRect(0, 0, width, height);
    context.beginPath();
    geoPath(this.projection, context)(this.land);
    context.fillStyle = themed("land");
    context.fill();
    context.lineWidth = 0.5;
    context.strokeStyle = themed("coast");
    context.stroke();
    const [x, y, radius] = [0, 1, 2].map(() => new Float32Array(world.count));
    for (let city = 0; city < world.count; city += 1) {
      [x[city], y[city]] = this.projection([world.longitude[city], world.latitude[city]]);
      radius[city] = Math.max(1.2, 0.0017 * Math.sqrt(world.people[city])) * Math.sqrt(width / 600);
    }
    const order = Array.from({ length: world.count }, (_, city) => city).sort((p, q) => radius[q] - radius[p]);
    this.#projected = { x, y, radius, order };
  }

  #ties(world) {
    const { city, network } = this.state;
    if (network !== null) return { faded: true, among: new Set(world.members[network]) };
    if (city !== null) return { faded: false, among: new Set(world.twinsOf[city]) };
    return { faded: false, among: new Set() };
  }

  #drawTies(context, world, ties) {
    const { city } = this.state;
    if (city === null) return;
    const path = geoPath(this.projection, context);
    const at = (place) => [world.longitude[place], world.latitude[place]];
    context.strokeStyle = themed("tie");
    context.lineWidth = 1;
    context.beginPath();
    for (const twin of world.twinsOf[city]) path({ type: "LineString", coordinates: [at(city), at(twin)] });
    context.stroke();
    const { x, y, radius } = this.#projected;
    context.lineWidth = 2;
    context.strokeStyle = themed("ink");
    context.beginPath();
    context.arc(x[city], y[city], radius[city] + 2.5, 0, 2 * Math.PI);
    context.stroke();
  }

  /** The city under the pointer, or null. */
  #at(event) {
    const { world } = this.state.experiment;
    const box = this.canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const { x, y, radius } = this.#projected;
    let best = null;
    let least = 9;
    for (let city = 0; city < world.count; city += 1) {
      const away = Math.hypot(x[city] - px, y[city] - py) - radius[city];
      if (away < least) [best, least] = [city, away];
    }
    return best;
  }

  #hover(event) {
    const city = this.#at(event);
    if (city === null) {
      this.tip.hide();
      return;
    }
    const { world } = this.state.experiment;
    const fields = { city: world.name[city], state: world.states[world.stateOf[city]] };
    const { values } = this;
    if (!values) {
      this.tip.show(event, t("map.one", fields));
      return;
    }
    const range = values.lower ? ` (${interval(values.lower[city], values.upper[city])})` : "";
    this.tip.show(event, t("map.hover", { ...fields, value: `${number(values.median[city])}${range}` }));
  }
}

/** All maps of a view with their common scale and its legend. */
export class Maps {
  constructor({ land, state, tip }) {
    this.state = state;
    this.maps = { a: new CityMap({ land, state, which: "a", tip }), b: new CityMap({ land, state, which: "b", tip }) };
    this.frame = document.getElementById("maps");
    this.legend = document.getElementById("legend");
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  draw() {
    const { state } = this;
    document.getElementById("map-note").textContent = noteOf(state);
    const none = !state.experiment.world;
    this.frame.hidden = none;
    this.legend.replaceChildren();
    if (none) return;
    const shown = state.view === "two" ? ["a", "b"] : ["a"];
    const figures = shown.map((which) => this.maps[which].figure);
    if (figures.some((figure, place) => this.frame.children[place] !== figure) || figures.length !== this.frame.children.length) {
      this.frame.replaceChildren(...figures);
    }
    const scale = this.#scale(shown);
    for (const which of shown) this.maps[which].draw(scale);
    const { values, words } = shownOnMap(state, "a");
    if (scale && values) this.#explain(scale, words);
  }

  /** One scale of all dates, so that a colour is the same number while time goes on. */
  #scale(shown) {
    const { state } = this;
    const { experiment, a, b, o, view } = state;
    const of = [a, b, o, view].join();
    if (this.scaled?.experiment !== experiment || this.scaled.of !== of) {
      const dates = [END, ...(experiment.cities?.then?.quarters.keys() ?? [])];
      const found = dates.flatMap((date) => shown.map((which) => shownOnMap(state, which, date)));
      const all = found.flatMap(({ values }) => (values ? [...values.median] : []));
      this.scaled = { experiment, of, scale: scaleOf(all, view === "diff") };
    }
    return this.scaled.scale;
  }

  #explain(scale, words) {
    const bar = element("canvas", { width: 256, height: 1, "aria-hidden": "true" });
    const context = bar.getContext("2d");
    for (let at = 0; at < 256; at += 1) {
      context.fillStyle = scale.colour(scale.low + ((scale.high - scale.low) * at) / 255);
      context.fillRect(at, 0, 1, 1);
    }
    const ends = element("div", { class: "ends" }, element("span", {}, `≤ ${number(scale.low)}`), element("span", {}, `≥ ${number(scale.high)}`));
    this.legend.append(bar, ends, `${words}. ${t("map.places")}.`);
  }
}
