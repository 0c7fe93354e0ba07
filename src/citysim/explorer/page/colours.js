// Colours of the page's theme, and scales that all kinds of colour blindness tell apart.

export function themed(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`) && resolved(`var(--${name})`);
}

let probe = null;

/** A colour of the style sheet as the canvas and a saved picture take it. */
function resolved(value) {
  if (!probe) {
    probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = value;
  return getComputedStyle(probe).color;
}

// viridis, cut where it is too light on white, and a scale from purple over grey to orange
const LEVEL = ["#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#e3d21b"];
const APART = ["#3d0f6b", "#6b4fa3", "#a79cc9", "#c9c9c9", "#efb072", "#d66f1d", "#8f3b02"];

function parsed(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** From 0 to 1 into a colour. */
function ramp(stops) {
  const table = Array.from({ length: 256 }, (_, at) => {
    const place = (at / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    const [from, to] = [parsed(stops[low]), parsed(stops[low + 1])];
    return `rgb(${from.map((part, k) => Math.round(part + (to[k] - part) * (place - low))).join()})`;
  });
  return (share) => table[Math.round(255 * Math.min(Math.max(share, 0), 1))];
}

const level = ramp(LEVEL);
const apart = ramp(APART);

/** A scale for values: of their own range, or for differences around 0. */
export function scaleOf(values, difference) {
  const known = Array.from(values).filter(Number.isFinite).sort((a, b) => a - b);
  if (!known.length) return null;
  const at = (share) => known[Math.round(share * (known.length - 1))];
  let [low, high] = [at(0.01), at(0.99)];
  if (difference) [low, high] = [-1, 1].map((sign) => sign * Math.max(Math.abs(low), Math.abs(high)));
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const colour = difference ? apart : level;
  return { low, high, colour: (value) => colour((value - low) / (high - low)) };
}
