// The answer in words and the numbers of the view in a table.

import { element, interval, number, t, whole } from "explorer/words.js";

/** What is shown at a quarter of a course: {median, lower, upper}, or null. */
export function atQuarter(state, course, yearly) {
  if (!course) return null;
  const year = state.experiment.courses.years[state.q];
  const place = yearly ? course.years.findLastIndex((end) => end <= year + 1e-6) : state.q;
  if (place < 0 || !Number.isFinite(course.median[place])) return null;
  return { median: course.median[place], lower: course.lower[place], upper: course.upper[place], year: course.years[place] };
}

/** Quarter and year that end with a number of years. */
export function quarterOf(end) {
  const start = end - 0.25;
  return { quarter: Math.round(4 * (start % 1)) + 1, year: Math.floor(start + 1e-6) };
}

/** The end of a quarter in words. */
export function whenOf(years, quarter) {
  return t("time.at", quarterOf(years[quarter]));
}

function row(head, found, count) {
  const known = found && Number.isFinite(found.median);
  const cells = known ? [number(found.median), interval(found.lower, found.upper), count === undefined ? "" : whole(count)] : [t("numbers.none"), "", ""];
  return element("tr", {}, element("th", { scope: "row" }, ...head), ...cells.map((text) => element("td", {}, text)));
}

function named(which, text) {
  return [which === "difference" ? "" : element("span", { class: `which ${which}` }, t(which)), element("span", which === "difference" ? {} : { class: "long" }, text)];
}

function rows(state, of, pairOf) {
  const { experiment } = state;
  const made = state.shown.map((setting, place) => row(named("ab"[place], experiment.label(setting)), of(setting), of(setting)?.count));
  if (state.view === "diff") {
    const pair = pairOf();
    made.push(row(named("difference", t("difference")), pair, pair?.count));
  }
  return made;
}

function head() {
  const titles = ["numbers.what", "numbers.value", "numbers.interval", "numbers.count"].map((key) => element("th", { scope: "col" }, t(key)));
  return element("thead", {}, element("tr", {}, ...titles));
}

/** The numbers of the run and of the quarter; ``only``: those of the quarter alone have changed. */
export function drawNumbers(frame, state) {
  const { experiment, a, b, o } = state;
  const outcome = experiment.outcome(o);
  const end = rows(state, (setting) => experiment.level(setting, o), () => experiment.pair(a, b, o));
  const tables = [element("table", { id: "over-run" }, element("caption", {}, t("numbers.end", { how: t(`numbers.${outcome.summary}`) })), head(), element("tbody", {}, ...end))];
  if (experiment.courses?.level[o]) {
    const now = rows(state, (setting) => atQuarter(state, experiment.course(setting, o)), () => atQuarter(state, experiment.pairCourse(a, b, o), true));
    tables.push(element("table", { id: "at-quarter" }, element("caption", {}, whenOf(experiment.courses.years, state.q)), head(), element("tbody", {}, ...now)));
  }
  const none = state.view === "diff" && !experiment.pair(a, b, o) ? [element("p", { class: "note" }, t("numbers.no_pair"))] : [];
  frame.replaceChildren(element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("numbers") }, ...tables), ...none);
}

/** The answers of the settings that the view shows, by the rules of the briefing. */
export function drawAnswer(frame, state) {
  const { experiment } = state;
  const made = state.shown.flatMap((setting, place) => {
    const { answer, sure: told, asked } = experiment.answers[setting];
    // A chance of one case is none.
    const sure = told && experiment.replications === 1 ? t("one") : told;
    const which = "ab"[place];
    return [
      element("p", {}, element("span", { class: `which ${which}` }, t(which)), experiment.label(setting)),
      element("p", { class: "said" }, asked ? t("answer.asked", { answer: asked }) : answer),
      ...(asked && answer ? [element("p", {}, answer)] : []),
      ...(sure ? [element("p", { class: "sure" }, sure)] : []),
    ];
  });
  if (experiment.missing > 0) made.push(element("p", { class: "note" }, t("missing", { missing: whole(experiment.missing), asked: whole(experiment.asked) })));
  frame.replaceChildren(...made);
}
