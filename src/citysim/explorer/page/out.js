// What a reader takes along: the view as a picture, its numbers as a table, its link.

import { cityRows } from "explorer/card.js";
import { coursesOf, sharesOf } from "explorer/charts.js";
import { themed } from "explorer/colours.js";
import { END } from "explorer/data.js";
import { shownOnMap } from "explorer/map.js";
import { t } from "explorer/words.js";

/** All numbers of the view as rows of text. */
export function rowsOf(state) {
  const { experiment, a, b, o, view } = state;
  const outcome = experiment.outcome(o);
  const rows = [["part", "setting", "outcome", "unit", "what", "year", "city", "estimate", "lower", "upper", "replications"]];
  const add = (part, setting, of, what, year, city, { median, lower, upper, count }) =>
    rows.push([part, setting, of.name, of.unit, what, year, city, median, lower, upper, count]);
  const label = { a: experiment.label(a), b: experiment.label(b), difference: `${experiment.label(a)} - ${experiment.label(b)}` };
  state.shown.forEach((setting, place) => add("run", label["ab"[place]], outcome, outcome.summary, experiment.year, "", experiment.level(setting, o)));
  const pair = experiment.pair(a, b, o);
  if (view === "diff" && pair) add("run", label.difference, outcome, outcome.summary, experiment.year, "", pair);
  for (const { which, course } of coursesOf(state)) {
    course.years.forEach((year, at) => {
      if (Number.isFinite(course.median[at])) add("course", label[which], outcome, "quarter that ends", year, "", { median: course.median[at], lower: course.lower[at], upper: course.upper[at] });
    });
  }
  for (const row of sharesOf(state)) {
    const { estimate, lower, upper, count } = row;
    add("made_up_for", label[row.which], experiment.outcome(row.outcome), row.estimand, experiment.year, "", { median: estimate, lower, upper, count });
  }
  const { world } = experiment;
  for (const which of view === "two" ? ["a", "b"] : [view === "diff" ? "difference" : "a"]) {
    const { values, date } = shownOnMap(state, which);
    const [what, year] = date === END ? ["last quarter", experiment.year] : ["quarter that ends", values && experiment.endOf(date)];
    values?.median.forEach((median, city) => {
      add("city", label[which], outcome, what, year, world.name[city], { median, lower: values.lower?.[city], upper: values.upper?.[city] });
    });
  }
  if (state.city !== null) {
    for (const { outcome: of, changes } of cityRows(state, state.city)) {
      changes.forEach((change, place) => change && add("card", label["ab"[place]], of, "change by cooperation", experiment.year, world.name[state.city], change));
    }
  }
  return rows;
}

function quoted(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  let text = String(value);
  // A spreadsheet takes a text that starts so for a formula.
  if (typeof value === "string" && /^[=+\-@\t]/.test(text)) text = `'${text}`;
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf(state) {
  return `\ufeff${rowsOf(state).map((row) => row.map(quoted).join(",")).join("\r\n")}\r\n`;
}

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function picture(svg) {
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}

/** Lines of a text that fit a width. */
function wrapped(context, text, width) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (context.measureText(longer).width > width && lines.at(-1)) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** The view as a picture: question, settings and answers, maps, charts, where it is from. */
export async function pngOf(state, credits) {
  const width = 1200;
  const [margin, ratio] = [24, 2];
  const inner = width - 2 * margin;
  const blocks = [];
  const measure = document.createElement("canvas").getContext("2d");
  const text = (words, font, colour) => {
    measure.font = font;
    const line = Number.parseInt(font.match(/\d+px/)[0], 10) * 1.4;
    blocks.push({ height: wrapped(measure, words, inner).length * line + 4, draw: (context, y) => {
      context.font = font;
      context.fillStyle = colour;
      wrapped(context, words, inner).forEach((part, at) => context.fillText(part, margin, y + line * (at + 0.75)));
    } });
  };
  const [ink, muted] = [themed("ink"), themed("muted")];
  text(state.experiment.question || t("title"), "600 24px system-ui, sans-serif", ink);
  state.shown.forEach((setting, place) => {
    const which = "ab"[place];
    text(t("answer.of", { which: t(which), setting: state.experiment.label(setting) }), "600 17px system-ui, sans-serif", themed(which));
    text(state.experiment.answers[setting].answer, "17px system-ui, sans-serif", ink);
  });
  const rows = [[...document.querySelectorAll("#maps canvas")].filter((canvas) => canvas.offsetParent), [...document.querySelectorAll(".chart svg")]];
  for (const row of rows) {
    const images = await Promise.all(row.map((found) => (found instanceof SVGElement ? picture(found) : found)));
    if (!images.length) continue;
    const each = (inner - 16 * (images.length - 1)) / images.length;
    const sizes = images.map((image, at) => (each / (row[at].viewBox?.baseVal?.width || image.width)) * (row[at].viewBox?.baseVal?.height || image.height));
    blocks.push({ height: Math.max(...sizes) + 12, draw: (context, y) => images.forEach((image, at) => context.drawImage(image, margin + at * (each + 16), y, each, sizes[at])) });
  }
  const outcome = state.experiment.outcome(state.o);
  const { words } = shownOnMap(state, "a");
  text(`${outcome.label}, ${outcome.unit}. ${words ? `${t("map")}: ${words}. ` : ""}${document.getElementById("limits").textContent} ${credits}`, "13px system-ui, sans-serif", muted);
  const canvas = document.createElement("canvas");
  canvas.width = width * ratio;
  canvas.height = ratio * (2 * margin + blocks.reduce((sum, block) => sum + block.height, 0));
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.fillStyle = themed("ground");
  context.fillRect(0, 0, canvas.width, canvas.height);
  let y = margin;
  for (const block of blocks) {
    block.draw(context, y);
    y += block.height;
  }
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
