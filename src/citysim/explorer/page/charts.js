// Charts as SVG: the course of the world over time, and what cities make up for.

import { themed } from "explorer/colours.js";
import { fixed, interval, percent, t } from "explorer/words.js";

const SVG = "http://www.w3.org/2000/svg";
const { ticks } = globalThis.d3;

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawing(width, height, label) {
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
  svg.setAttribute("font-family", "system-ui, sans-serif");
  svg.setAttribute("font-size", "12");
  return svg;
}

function linear([from, to], [low, high]) {
  return (value) => low + ((value - from) / (to - from)) * (high - low);
}

/** Lines with bands that the view shows of an outcome; empty where none were kept. */
export function coursesOf(state) {
  const { experiment, a, b, o, view } = state;
  if (view === "diff") {
    const course = experiment.pairCourse(a, b, o);
    return course ? [{ which: "difference", course, colour: themed("ink") }] : [];
  }
  return state.shown
    .map((setting, place) => ({ which: "ab"[place], course: experiment.course(setting, o), colour: themed("ab"[place]) }))
    .filter(({ course }) => course);
}

function pathOf(points) {
  return points.length ? `M${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}` : "";
}

/** Draw the courses into an element; gives what places the time cursor. */
export function drawCourse(frame, state) {
  const lines = coursesOf(state);
  frame.replaceChildren();
  if (!lines.length) return () => {};
  const outcome = state.experiment.outcome(state.o);
  const width = Math.max(frame.clientWidth, 260);
  const height = 210;
  const [left, right, top, bottom] = [52, 10, 8, 24];
  const svg = drawing(width, height, t("course.of", { outcome: outcome.label, unit: outcome.unit }));
  const known = lines.flatMap(({ course }) => [...course.lower, ...course.upper, ...course.median]).filter(Number.isFinite);
  let [low, high] = [Math.min(...known), Math.max(...known)];
  if (state.view === "diff") [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const { years } = lines[0].course;
  const first = state.experiment.courses.years[0];
  const x = linear([first, years[years.length - 1]], [left, width - right]);
  const y = linear([low, high], [height - bottom, top]);
  const [muted, faint] = [themed("muted"), themed("faint")];
  const marks = ticks(low, high, 5);
  const digits = marks.length > 1 ? Math.max(0, -Math.floor(Math.log10(marks[1] - marks[0]) + 1e-9)) : 2;
  for (const tick of marks) {
    svg.append(shape("line", { x1: left, x2: width - right, y1: y(tick), y2: y(tick), stroke: tick === 0 && state.view === "diff" ? muted : faint }));
    svg.append(shape("text", { x: left - 5, y: y(tick) + 4, "text-anchor": "end", fill: muted }, fixed(tick, digits)));
  }
  for (const year of ticks(first, years[years.length - 1], Math.min(6, width / 70)).filter(Number.isInteger)) {
    svg.append(shape("text", { x: x(year), y: height - 6, "text-anchor": "middle", fill: muted }, String(year)));
  }
  for (const { course, colour } of lines) {
    const at = course.years.map((year, place) => [year, place]).filter(([, place]) => Number.isFinite(course.median[place]));
    const upper = at.map(([year, place]) => [x(year), y(course.upper[place])]).filter(([, v]) => Number.isFinite(v));
    const lower = at.map(([year, place]) => [x(year), y(course.lower[place])]).filter(([, v]) => Number.isFinite(v));
    if (upper.length) svg.append(shape("path", { d: `${pathOf([...upper, ...lower.reverse()])}Z`, fill: colour, "fill-opacity": 0.2 }));
    const median = at.map(([year, place]) => [x(year), y(course.median[place])]);
    svg.append(shape("path", { d: pathOf(median), fill: "none", stroke: colour, "stroke-width": 2 }));
  }
  const names = lines.map(({ which }) => which);
  lines.forEach(({ which, course, colour }, place) => {
    if (which === "difference") return;
    const end = course.median[course.median.length - 1];
    const shift = names.length > 1 ? (place ? 12 : -4) : -4;
    svg.append(shape("text", { x: width - right - 4, y: y(end) + shift, "text-anchor": "end", fill: colour, "font-weight": 700 }, t(which)));
  });
  const cursor = shape("line", { y1: top, y2: height - bottom, stroke: themed("focus"), "stroke-width": 1.5, "stroke-dasharray": "4 3" });
  svg.append(cursor);
  frame.append(svg);
  return (quarter) => {
    const at = x(state.experiment.courses.years[quarter]);
    cursor.setAttribute("x1", at);
    cursor.setAttribute("x2", at);
  };
}

/** Rows of what cities make up for, of the settings that the view shows. */
export function sharesOf(state) {
  const { experiment, measure } = state;
  return [state.a, state.b].slice(0, state.view === "one" ? 1 : 2).flatMap((setting, place) =>
    experiment.answers[setting].shares
      .filter((row) => row.estimand === measure)
      .map((row) => ({ ...row, which: "ab"[place] })),
  );
}

const BOUNDS = [-0.5, 2];

/** Draw the shares as points with intervals from nothing to all of it and beyond. */
export function drawShares(frame, state) {
  const rows = sharesOf(state);
  frame.replaceChildren();
  if (!rows.length) return;
  const outcomes = [...new Set(rows.map((row) => row.outcome))];
  const width = Math.max(frame.clientWidth, 260);
  const [left, right, line, head] = [8, 12, 17, 18];
  const height = outcomes.reduce((sum, name) => sum + head + line * rows.filter((row) => row.outcome === name).length + 8, 0) + 22;
  const svg = drawing(width, height, t("shares.alt"));
  const [ink, muted, faint] = ["ink", "muted", "faint"].map(themed);
  const ends = width - 150;
  const x = linear(BOUNDS, [left + 16, ends - 8]);
  const clipped = (value) => Math.min(Math.max(value, BOUNDS[0]), BOUNDS[1]);
  for (const mark of [0, 1]) {
    svg.append(shape("line", { x1: x(mark), x2: x(mark), y1: 4, y2: height - 20, stroke: mark ? muted : ink, "stroke-dasharray": mark ? "3 3" : "none" }));
    svg.append(shape("text", { x: x(mark), y: height - 6, "text-anchor": "middle", fill: muted }, percent(mark)));
  }
  let y = 4;
  for (const name of outcomes) {
    const { label } = state.experiment.outcome(name);
    svg.append(shape("rect", { x: left, y: y + 1, width: width - left - right, height: head - 3, fill: faint, "fill-opacity": 0.5 }));
    svg.append(shape("text", { x: left + 4, y: y + 12, fill: ink }, label));
    y += head;
    for (const row of rows.filter((found) => found.outcome === name)) {
      const colour = themed(row.which);
      const middle = y + line / 2;
      const undefined_ = row.estimate === null;
      const words = undefined_ ? "–" : `${percent(row.estimate)} (${interval(row.lower, row.upper, (value) => fixed(100 * value, 0))})`;
      if (state.view !== "one") svg.append(shape("text", { x: left + 1, y: middle + 4, fill: colour, "font-weight": 700 }, t(row.which)));
      if (!undefined_) {
        const [low, high] = [row.lower ?? -Infinity, row.upper ?? Infinity];
        svg.append(shape("line", { x1: x(clipped(low)), x2: x(clipped(high)), y1: middle, y2: middle, stroke: colour, "stroke-width": 2 }));
        for (const [beyond, sign, at] of [[low < BOUNDS[0], -1, x(BOUNDS[0])], [high > BOUNDS[1], 1, x(BOUNDS[1])]]) {
          if (beyond) svg.append(shape("path", { d: `M${at},${middle - 4}l${5 * sign},4l${-5 * sign},4z`, fill: colour }));
        }
        if (row.estimate === clipped(row.estimate)) svg.append(shape("circle", { cx: x(row.estimate), cy: middle, r: 4.5, fill: colour }));
      }
      const text = shape("text", { x: width - right, y: middle + 4, "text-anchor": "end", fill: undefined_ ? muted : ink, "font-size": 11 }, words);
      if (undefined_) text.append(shape("title", {}, t("shares.undefined")));
      svg.append(text);
      y += line;
    }
    y += 8;
  }
  frame.append(svg);
}
