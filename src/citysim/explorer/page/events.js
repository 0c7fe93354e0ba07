// Dated events on the panel of a live page: a form for each, of the fields that its kind has.

import { element, read, t } from "explorer/words.js";

const PAIR = /\s+[/–-]\s+/;
const PERIOD = /^(\S+)\s+[–-]\s+(\S+)$/;
const PLACE = /^-?\d+(\.\d+)?\s*,\s*-?\d+(\.\d+)?$/;
const some = (text) => text.split(";").map((part) => part.trim()).filter(Boolean);
const city = (text) => (/^\d+$/.test(text) ? Number(text) : text);

/** What a text says, as a config has it. */
const MEANS = {
  number: read,
  text: (text) => text,
  choice: (text) => text,
  list: (text) => some(text).map(city),
  pairs: (text) => some(text).map((pair) => pair.split(PAIR).map(city)),
  date(text) {
    const [, low, high] = text.match(PERIOD) ?? [];
    return low ? { low, high } : text;
  },
  place: (text) => (PLACE.test(text) ? text.split(",").map(Number) : city(text)),
};

export class Events {
  #kinds;
  #forms = [];
  #made = 0;

  /** `kinds`: what may happen, with fields; `heard`: called when anything changes. */
  constructor(kinds, heard) {
    this.#kinds = new Map(kinds.map((kind) => [kind.kind, kind]));
    this.heard = heard;
    this.list = element("div", { class: "groups" });
    const pick = element("select", { id: "live-event-kind" }, ...kinds.map(({ kind, about }) => element("option", { value: kind, lang: "en" }, `${kind}: ${about}`)));
    this.part = element(
      "details", { id: "live-events" },
      element("summary", {}, t("live.events")),
      element("p", { class: "note" }, t("live.event.about")),
      element("label", { class: "field" }, element("span", {}, t("live.event.kind")), pick),
      element("p", {}, element("button", { type: "button", id: "live-event-add", onclick: () => this.#add(pick.value) }, t("live.event.add"))),
      element("p", { id: "fault-events", class: "fault", role: "alert", lang: "en" }),
      this.list,
    );
  }

  get count() {
    return this.#forms.length;
  }

  /** The events as a config has them, without what is not said. */
  get value() {
    return this.#forms.map(({ kind, controls }) => {
      const event = { kind };
      for (const [{ name, sort }, control] of controls) {
        const text = control.value.trim();
        if (sort === "switch" ? !control.checked : text === "") continue;
        const said = sort === "switch" ? true : MEANS[sort](text);
        const [outer, inner] = name.split(".");
        if (inner) event[outer] = { ...event[outer], [inner]: said };
        else event[outer] = said;
      }
      return event;
    });
  }

  /** Say what is wrong with `events.PLACE.KEY`, at its field if it has one; gives the field, or null. */
  say(where, why) {
    const [, place, ...keys] = where.split(".");
    const form = this.#forms[Number(place)];
    const row = form?.rows.get(keys.join("."));
    this.part.open = true;
    const at = row?.fault ?? form?.fault ?? this.part.querySelector("#fault-events");
    at.textContent = row || !keys.length ? why : `${keys.join(".")}: ${why}`;
    row?.control.setAttribute("aria-invalid", "true");
    return row?.control ?? null;
  }

  /** Nothing is wrong any more. */
  clear() {
    for (const fault of this.part.querySelectorAll(".fault")) fault.textContent = "";
    for (const control of this.part.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  }

  reset() {
    this.#forms = [];
    this.list.replaceChildren();
    this.heard();
  }

  #add(kind) {
    this.#made += 1;
    const form = { kind, rows: new Map(), controls: [], fault: element("p", { class: "fault", role: "alert", lang: "en" }) };
    const number = this.#made;
    const legend = element("legend", {}, `${number}. `, element("span", { lang: "en" }, kind));
    const remove = element("button", { type: "button", class: "tiny", "aria-label": t("live.event.remove", { number }), onclick: () => this.#remove(form) }, "×");
    form.box = element("fieldset", { class: "event" }, legend, ...this.#kinds.get(kind).fields.map((field) => this.#row(form, field, number)), form.fault, remove);
    this.#forms.push(form);
    this.list.append(form.box);
    form.box.querySelector("input, select").focus();
    this.heard();
  }

  #row(form, field, number) {
    const { name, sort, needed, choices } = field;
    const id = `live-event-${number}-${name.replace(".", "-")}`;
    const described = { id, "aria-describedby": `${id}-fault` };
    const control = sort === "choice"
      ? element("select", described, ...(needed ? [] : [element("option", { value: "" }, t("live.event.none"))]), ...choices.map((choice) => element("option", { value: choice, lang: "en" }, choice)))
      : element("input", { ...described, type: sort === "switch" ? "checkbox" : "text", inputmode: sort === "number" ? "decimal" : "text", autocomplete: "off", spellcheck: "false", required: needed && sort !== "switch" });
    control.addEventListener("change", () => this.heard());
    const fault = element("span", { id: `${id}-fault`, class: "fault", lang: "en" });
    form.rows.set(name, { control, fault });
    form.controls.push([field, control]);
    const about = sort === "date" ? t("live.event.date") : "";
    const notes = [...(needed ? [t("live.event.needed")] : []), ...(about ? [about] : [])];
    return element(
      "div", { class: "parameter" },
      element("label", { for: id, lang: "en" }, name.replaceAll("_", " ").replace(".", ": ")),
      control,
      element("span", { class: "note" }, ...notes.flatMap((note, place) => (place ? ["; ", note] : [note]))),
      fault,
    );
  }

  #remove(form) {
    this.#forms = this.#forms.filter((one) => one !== form);
    form.box.remove();
    this.part.querySelector("#live-event-add").focus();
    this.heard();
  }
}

/** What an event is, in short. */
export function inShort(events) {
  return events.map(({ kind, at }) => `${kind} ${typeof at === "object" ? `${at.low}–${at.high}` : at}`).join("; ");
}
