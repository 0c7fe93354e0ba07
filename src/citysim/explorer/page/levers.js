// The levers: experiment, settings A and B, view, outcome; network, city and measure beside what they move.

import { found, offered } from "explorer/card.js";
import { element, t, whole } from "explorer/words.js";

function field(label, control) {
  return element("label", { class: "field" }, element("span", {}, label), control);
}

function choice(options, chosen, onchange, more = {}) {
  const items = options.map(({ value, label, disabled }) => element("option", { value, selected: String(value) === String(chosen), disabled }, label));
  return element("select", { ...more, onchange: (event) => onchange(event.target.value) }, ...items);
}

function leverLabel(lever) {
  return ["arm", "stall"].includes(lever.name) ? t(`lever.${lever.name}`) : lever.label;
}

/** A lever as a slider over the values that were run where these are numbers, as a list otherwise. */
function leverControl(state, which, place) {
  const { experiment } = state;
  const lever = experiment.levers[place];
  const chosen = experiment.chosen[state[which]][place];
  const move = (value) => state.set({ [which]: experiment.moved(state[which], place, Number(value)) });
  const id = `${which}-${lever.name}`;
  if (!lever.numbers || lever.values.length < 3) {
    const options = lever.values.map(({ label }, value) => ({ value, label }));
    return field(leverLabel(lever), choice(options, chosen, move, { id, disabled: options.length < 2 }));
  }
  const said = element("output", { for: id }, lever.values[chosen].label);
  const slider = element("input", {
    ...{ type: "range", id, min: 0, max: lever.values.length - 1, step: 1, "aria-valuetext": lever.values[chosen].label },
    oninput: (event) => move(event.target.value),
  });
  slider.value = chosen;
  return element("label", { class: "field" }, element("span", {}, `${leverLabel(lever)}: `, said), slider);
}

function settingControls(state, which) {
  return element("fieldset", { class: which, id: `setting-${which}` }, element("legend", {}, t(`setting.${which}`)), ...state.experiment.levers.map((_, place) => leverControl(state, which, place)));
}

/** Draw the levers; the one that has the focus keeps it. */
export function drawLevers(frame, state) {
  const focused = document.activeElement?.id;
  const { experiment } = state;
  const views = ["one", "two", "diff"].map((view) =>
    element("label", {}, element("input", { type: "radio", name: "view", id: `view-${view}`, value: view, checked: state.view === view, onchange: () => state.set({ view }) }), t(`view.${view}`)),
  );
  const outcomes = experiment.outcomes.map(({ name, label }) => ({ value: name, label }));
  const several = state.experiments.map(({ title }, value) => ({ value, label: title }));
  const better = { 1: "outcome.more", "-1": "outcome.less", 0: "outcome.neither" }[experiment.outcome(state.o).better];
  frame.replaceChildren(
    ...(several.length > 1 ? [field(t("experiment"), choice(several, state.x, (value) => state.set({ x: Number(value) }), { id: "experiment" }))] : []),
    field(t("outcome"), choice(outcomes, state.o, (o) => state.set({ o }), { id: "outcome" })),
    element("p", { class: "note" }, `${experiment.outcome(state.o).unit}; ${t(better)}`),
    element("fieldset", { class: "views" }, element("legend", {}, t("view")), ...views),
    settingControls(state, "a"),
    ...(state.view === "one" ? [] : [settingControls(state, "b"), element("button", { type: "button", id: "swap", onclick: () => state.set({ a: state.b, b: state.a }) }, t("swap"))]),
  );
  if (focused && frame.querySelector(`[id="${focused}"]`)) document.getElementById(focused).focus({ preventScroll: true });
}

/** Search for a city and the choice of a network, made anew where the experiment has changed. */
export function drawMapControls(frame, state) {
  const { world } = state.experiment;
  frame.hidden = !world;
  if (!world) return;
  if (frame.dataset.of !== String(state.x)) {
    frame.dataset.of = state.x;
    const names = element("datalist", { id: "cities" }, ...offered(world).map((value) => element("option", { value })));
    const said = element("span", { id: "search-said", role: "status", class: "note" });
    const search = element("input", { type: "search", id: "search", list: "cities", autocomplete: "off", spellcheck: "false", "aria-describedby": "search-said" });
    search.addEventListener("change", () => {
      const city = found(world, search.value);
      said.textContent = city === null && search.value.trim() ? t("search.none") : "";
      if (city !== null) state.set({ city });
    });
    const networks = world.networks.map((label, value) => ({ value, label })).sort((p, q) => p.label.localeCompare(q.label));
    const network = choice([{ value: "", label: t("network.none") }, ...networks], "", (value) => state.set({ network: value === "" ? null : Number(value) }), { id: "network" });
    const grown = (label, control) => {
      const made = field(label, control);
      made.classList.add("grow");
      return made;
    };
    frame.replaceChildren(grown(t("search"), search), grown(t("network"), network), names, said, element("p", { class: "note", id: "ties", role: "status" }));
  }
  document.getElementById("network").value = state.network ?? "";
  const words = [];
  if (state.network !== null) words.push(t("network.members", { network: world.networks[state.network], count: whole(world.members[state.network].length) }));
  if (state.city !== null) words.push(t("ties", { city: world.name[state.city], count: whole(world.twinsOf[state.city].length) }));
  document.getElementById("ties").textContent = words.join(" ");
}

export function drawMeasure(frame, state) {
  const options = ["compensation", "substitution", "response"].map((value) => ({ value, label: t(`shares.${value}`) }));
  if (frame.firstChild) frame.querySelector("select").value = state.measure;
  else frame.append(field(t("shares.measure"), choice(options, state.measure, (measure) => state.set({ measure }), { id: "measure" })));
}
