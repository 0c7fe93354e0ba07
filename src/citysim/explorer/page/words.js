// Words and numbers as people read them. All words come from the page's data; none stand in the modules.

let known = {};

export function setWords(words) {
  known = words;
}

export function t(key, fields = {}) {
  const text = known[key];
  if (text === undefined) throw new Error(`no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in fields ? fields[name] : whole));
}

const LANGUAGE = document.documentElement.lang;
const three = new Intl.NumberFormat(LANGUAGE, { maximumSignificantDigits: 3 });
const plain = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });

/** A number to three digits; a dash where it is not known. */
export function number(value) {
  if (value === null || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = three.format(value);
  return text === "-0" ? "0" : text.replace("-", "−");
}

/** A number with so many digits after the point. */
export function fixed(value, digits) {
  const text = value.toLocaleString(LANGUAGE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return /[1-9∞]/.test(text) ? text.replace("-", "−") : text.replace("-", "");
}

/** A whole number. */
export function whole(value) {
  return plain.format(value);
}

export function percent(value) {
  return value === null || Number.isNaN(value) ? "–" : `${fixed(100 * value, 0)} %`;
}

export function interval(low, high, say = number) {
  if (low === null || high === null || Number.isNaN(low) || Number.isNaN(high)) return "–";
  return t("interval", { low: say(low), high: say(high) });
}

const DECIMAL = new Intl.NumberFormat(LANGUAGE).formatToParts(0.5).find(({ type }) => type === "decimal").value;

/** A value as somebody types it: every digit, no groups. */
export function typed(value) {
  return typeof value === "number" ? String(value).replace(".", DECIMAL) : String(value);
}

/** The number that a text says, or the text where it says none for sure: "1.000" is a thousand to some. */
export function read(text) {
  const grouped = DECIMAL === "," && /^[+-]?[1-9]\d{0,2}(\.\d{3})+$/.test(text);
  const given = Number(text.replace(DECIMAL, "."));
  return text === "" || grouped || !Number.isFinite(given) ? text : given;
}

/** Text without case and diacritics, to find names by. */
export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

/** An element with attributes and children; texts are never read as HTML. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}
