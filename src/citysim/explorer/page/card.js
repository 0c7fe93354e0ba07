// The card of a city: where it is, its ties, its services, and what cooperation changes for it.

import { BEFORE, END } from "explorer/data.js";
import { quarterOf } from "explorer/numbers.js";
import { element, folded, interval, number, t, whole } from "explorer/words.js";

/** Names of all cities as the search offers them. */
export function offered(world) {
  return world.name.map((name, city) => `${name}, ${world.codes[world.stateOf[city]]}`);
}

/** The city that a text names: as offered, or the largest whose name starts with it; null where none does. */
export function found(world, text) {
  const asked = folded(text);
  if (!asked) return null;
  const exact = offered(world).findIndex((name) => folded(name) === asked);
  if (exact >= 0) return exact;
  let best = null;
  world.name.forEach((name, city) => {
    if (folded(name).startsWith(asked) && (best === null || world.people[city] > world.people[best])) best = city;
  });
  return best;
}

function list(title, names) {
  const body = names.length ? element("ul", { tabindex: "0", "aria-label": title }, ...names.map((name) => element("li", {}, name))) : element("p", { class: "note" }, t("card.nothing"));
  return [element("h4", {}, title), body];
}

/** Numbers of a city by outcome: its value at the end and at the date of the map where that is another, and
 *  what cooperation changes, in the settings of the view. */
export function cityRows(state, city) {
  const { experiment } = state;
  const date = experiment.dateAt(state.q);
  return Object.keys(experiment.cities?.level ?? {}).map((name) => ({
    outcome: experiment.outcome(name),
    then: date === END || date === BEFORE ? [] : state.shown.map((setting) => at(experiment.ofCities(setting, name, date), city)),
    values: state.shown.map((setting) => at(experiment.ofCities(setting, name), city)),
    changes: state.shown.map((setting) => at(experiment.cooperation(setting, name), city)),
  }));
}

function at(values, city) {
  return values && { median: values.median[city], lower: values.lower?.[city], upper: values.upper?.[city] };
}

function told(values) {
  if (!values) return "–";
  return values.lower === undefined ? number(values.median) : `${number(values.median)} (${interval(values.lower, values.upper)})`;
}

function table(state, city) {
  const which = state.shown.map((_, place) => t("ab"[place]));
  const { experiment } = state;
  const date = experiment.dateAt(state.q);
  const then = date === END || date === BEFORE ? [] : which.map((name) => t("card.then", { which: name, ...quarterOf(experiment.endOf(date)) }));
  const head = ["", ...then, ...which.map((name) => t("card.value", { which: name })), ...which.map((name) => t("card.change", { which: name, arm: state.experiment.reference }))];
  const rows = cityRows(state, city).map(({ outcome, then: before, values, changes }) =>
    element("tr", {}, element("th", { scope: "row" }, outcome.label), ...[...before, ...values, ...changes].map((value) => element("td", {}, told(value)))),
  );
  const cells = head.map((text) => (text ? element("th", { scope: "col" }, text) : element("td")));
  return element("table", {}, element("caption", {}, t("card.reference", { arm: state.experiment.reference })), element("thead", {}, element("tr", {}, ...cells)), element("tbody", {}, ...rows));
}

function services(state, city) {
  const which = t("a");
  const all = state.experiment.services(state.a).filter(({ values }) => Number.isFinite(values[city]));
  if (!all.length) return [];
  const named = all.map(({ name, values }) => `${state.experiment.cities.domains[name]}: ${number(values[city])}`);
  return list(t("card.services", { which }), named);
}

/** Draw the card of the city that is chosen, or how to choose one. */
export function drawCard(frame, state) {
  const { experiment, city } = state;
  const { world } = experiment;
  if (city === null || !world) {
    frame.replaceChildren(element("p", { class: "note" }, t("card.none")));
    return;
  }
  const fields = { people: whole(world.people[city]), year: world.year, region: world.regions[world.regionOf[city]] };
  const networks = world.memberOf[city].map((network) => world.networks[network]).sort();
  const twins = world.twinsOf[city].map((twin) => `${world.name[twin]}, ${world.states[world.stateOf[twin]]}`).sort();
  const about = element(
    "div", {},
    element("h3", {}, `${world.name[city]}, ${world.states[world.stateOf[city]]}`),
    element("p", { class: "note" }, t("card.people", fields)),
    ...list(t("card.networks", { count: whole(networks.length) }), networks),
    ...list(t("card.twins", { count: whole(twins.length) }), twins),
    ...services(state, city),
  );
  const numbers = experiment.cities
    ? element("div", {}, element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("card.reference", { arm: state.experiment.reference }) }, table(state, city)), element("p", { class: "note" }, experiment.cities.caution))
    : element("p", { class: "note" }, t("map.no_cities", { command: experiment.record.cities }));
  const close = element("button", { type: "button", onclick: () => state.set({ city: null }) }, t("close"));
  frame.replaceChildren(element("div", { class: "cards" }, about, element("div", {}, numbers, close)));
}
