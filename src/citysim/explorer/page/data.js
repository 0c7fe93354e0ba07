// The page's data: records as JSON and a blob of packed arrays (citysim.explorer.packing).

/** Records and arrays of the text that the page carries, or of a gzip as a server sends it. */
export async function unpacked(given) {
  const bytes = typeof given === "string" ? bytesOf(given.trim()) : given;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const records = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const blob = buffer.slice(4 + length);
  const arrays = new Map();
  /** The array that a reference stands for, {values, shape}; unpacked when it is first asked for. */
  const array = (reference) => {
    if (!arrays.has(reference)) arrays.set(reference, read(reference, blob));
    return arrays.get(reference);
  };
  return { records, array };
}

const NOTHING = -32768;
const LETTERS = 91;

/** Bytes of a text: two characters of 91 are 13 bits, the first four bytes their number. */
function bytesOf(text) {
  const place = new Uint8Array(128);
  for (let code = 33, at = 0; code < 127; code += 1) if (!'"&<'.includes(String.fromCharCode(code))) place[code] = at++;
  const bytes = new Uint8Array(Math.floor((13 * text.length) / 16));
  let [held, bits, size] = [0, 0, 0];
  for (let i = 0; i < text.length; i += 2) {
    held = (held << 13) | (place[text.charCodeAt(i)] * LETTERS + place[text.charCodeAt(i + 1)]);
    for (bits += 13; bits >= 8 && size < bytes.length; bits -= 8) bytes[size++] = held >> (bits - 8);
    held &= (1 << bits) - 1;
  }
  return bytes.subarray(4, 4 + new DataView(bytes.buffer).getUint32(0, true));
}

function read({ at, shape, kind, step, smooth }, blob) {
  const count = shape.reduce((product, size) => product * size, 1);
  if (kind === "f32") return { shape, values: new Float32Array(blob, at, count) };
  if (kind === "i32") return { shape, values: new Int32Array(blob, at, count) };
  const bytes = new Uint8Array(blob, at, 2 * count);
  const whole = new Int16Array(count);
  const last = shape[shape.length - 1];
  for (let i = 0; i < count; i += 1) {
    const value = bytes[i] | (bytes[count + i] << 8);
    // Over time differences were kept, whose sums wrap around as those did; else the last axis stands first.
    if (smooth) whole[i] = i % last ? whole[i - 1] + value : value;
    else whole[(i % (count / last)) * last + Math.floor(i / (count / last))] = value;
  }
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 1) values[i] = whole[i] === NOTHING ? NaN : whole[i] * step;
  return { shape, values };
}

/** Dates of the map beside those kept within the run. */
export const END = Infinity;
export const BEFORE = -1;

/** One experiment with its numbers at hand. A setting is its place in the list of those that were run. */
export class Experiment {
  constructor(records, all, array) {
    Object.assign(this, records);
    this.array = array;
    this.world = records.world === null ? null : worldOf(all.worlds[records.world], array);
    this.place = new Map(this.chosen.map((levers, setting) => [levers.join(), setting]));
    this.pairRow = new Map();
    const { values } = array(this.numbers.pairs);
    for (let row = 0; 2 * row < values.length; row += 1) this.pairRow.set(`${values[2 * row]},${values[2 * row + 1]}`, row);
    if (this.cities) {
      this.references = array(this.cities.reference).values;
      this.pairedRow = new Map([...array(this.cities.paired).values].map((setting, row) => [setting, row]));
    }
  }

  /** Ends of the quarters that the time slider goes over; null where nothing was recorded over time. */
  get times() {
    return this.courses?.years ?? this.cities?.then?.ends ?? null;
  }

  /** Which date of the cities the map shows at a quarter: its place among those kept, the last at or before;
   *  END at the end and where cities were recorded there alone, BEFORE where none was recorded yet. */
  dateAt(quarter) {
    const then = this.cities?.then;
    if (!then || quarter >= then.ends.length - 1) return END;
    return then.quarters.findLastIndex((at) => at <= quarter);
  }

  /** The end of a date, as a year. */
  endOf(date) {
    const { ends, quarters } = this.cities.then;
    return date === END ? ends[ends.length - 1] : ends[quarters[date]];
  }

  outcome(name) {
    return this.outcomes.find((outcome) => outcome.name === name);
  }

  /** Words for a setting. */
  label(setting) {
    return this.levers.map((lever, place) => lever.values[this.chosen[setting][place]].words).join(", ");
  }

  /** The setting that was run with a lever at another value and most others as they are. */
  moved(setting, lever, value) {
    const from = this.chosen[setting];
    let best = setting;
    let most = -1;
    this.chosen.forEach((levers, other) => {
      if (levers[lever] !== value) return;
      const same = levers.filter((at, place) => at === from[place]).length;
      if (same > most) [best, most] = [other, same];
    });
    return best;
  }

  /** An outcome over the run: {median, lower, upper, count}. */
  level(setting, name) {
    return this.#summary(this.numbers.level, setting, name, 1);
  }

  /** A less B, paired by replication; null where this pair is not kept. */
  pair(a, b, name) {
    const [row, sign] = this.#pairRow(a, b);
    return row === undefined ? null : this.#summary(this.numbers.pair, row, name, sign);
  }

  #pairRow(a, b) {
    const row = this.pairRow.get(`${a},${b}`);
    return row === undefined ? [this.pairRow.get(`${b},${a}`), -1] : [row, 1];
  }

  #summary(reference, row, name, sign) {
    const { values, shape } = this.array(reference);
    const column = this.outcomes.findIndex((outcome) => outcome.name === name);
    const at = (part) => values[(part * shape[1] + row) * shape[2] + column];
    return signed(at(0), at(1), at(2), sign, at(3));
  }

  /** The course of an outcome, {years, median, lower, upper}; null where none was kept. */
  course(setting, name) {
    return this.#course(this.courses?.level[name], setting, 1, this.courses?.years);
  }

  /** The course of A less B at the end of every year; null where none was kept. */
  pairCourse(a, b, name) {
    const [row, sign] = this.#pairRow(a, b);
    if (row === undefined || !this.courses) return null;
    const [first, step] = this.courses.yearly;
    const years = this.courses.years.filter((_, quarter) => quarter % step === first % step);
    return this.#course(this.courses.pair[name], row, sign, years);
  }

  #course(reference, row, sign, years) {
    if (!reference) return null;
    const { values, shape } = this.array(reference);
    const part = (which) => values.subarray((which * shape[1] + row) * shape[2], (which * shape[1] + row + 1) * shape[2]);
    const [median, lower, upper] = [part(0), part(1), part(2)];
    if (sign > 0) return { years, median, lower, upper };
    const turned = (of) => of.map((value) => -value);
    return { years, median: turned(median), lower: turned(upper), upper: turned(lower) };
  }

  /** What cities have of an outcome in a setting at a date, (cities,) each, bounds where they are kept; null
   *  where it was not recorded. */
  ofCities(setting, name, date = END) {
    if (date !== END) return this.#atDate(this.cities.then.level[name], setting, 1, date);
    return this.#ofCities(this.cities?.level[name], setting, 1);
  }

  /** What differs by city between two settings; null where it was not recorded.
   *  Paired where B is the setting without cooperation that A is held against, or the other way round. */
  cityDifference(a, b, name, date = END) {
    if (!this.cities?.level[name]) return null;
    const kept = date === END ? this.cities.against[name] : this.cities.then.against[name];
    const against = (row, sign) => ({ ...(date === END ? this.#ofCities(kept, row, sign) : this.#atDate(kept, row, sign, date)), paired: true });
    if (kept && this.references[a] === b) return against(this.pairedRow.get(a), 1);
    if (kept && this.references[b] === a) return against(this.pairedRow.get(b), -1);
    const [one, other] = [this.ofCities(a, name, date), this.ofCities(b, name, date)];
    return { median: one.median.map((value, city) => value - other.median[city]), paired: false };
  }

  /** What cooperation changes in a setting; null where it has none or nothing was recorded. */
  cooperation(setting, name) {
    if (!this.cities?.against[name] || !this.pairedRow.has(setting)) return null;
    return this.#ofCities(this.cities.against[name], this.pairedRow.get(setting), 1);
  }

  services(setting) {
    return Object.entries(this.cities?.services ?? {}).map(([name, reference]) => {
      const { values, shape } = this.array(reference);
      return { name, values: values.subarray(setting * shape[1], (setting + 1) * shape[1]) };
    });
  }

  #atDate(reference, row, sign, date) {
    if (!reference || date === BEFORE) return null;
    const { values, shape } = this.array(reference);
    const [parts, dates, rows, cities] = shape;
    const part = (which) => {
      const at = ((which * dates + date) * rows + row) * cities;
      const found = values.subarray(at, at + cities);
      return sign > 0 ? found : found.map((value) => -value);
    };
    return parts === 1 ? { median: part(0) } : { median: part(0), lower: part(sign > 0 ? 1 : 2), upper: part(sign > 0 ? 2 : 1) };
  }

  #ofCities(reference, row, sign) {
    if (!reference) return null;
    const found = this.#course(reference, row, sign, null);
    return { median: found.median, lower: found.lower, upper: found.upper };
  }
}

function signed(median, lower, upper, sign, count) {
  return sign > 0 ? { median, lower, upper, count } : { median: -median, lower: -upper, upper: -lower, count };
}

const worlds = new Map();

/** Cities of a world with their networks and twins by index. */
function worldOf(records, array) {
  if (worlds.has(records)) return worlds.get(records);
  const count = records.name.length;
  const place = array(records.place).values;
  const networks = Array.from({ length: count }, () => []);
  const members = records.networks.map(() => []);
  const member = array(records.members).values;
  for (let i = 0; i < member.length / 2; i += 1) {
    networks[member[i]].push(member[member.length / 2 + i]);
    members[member[member.length / 2 + i]].push(member[i]);
  }
  const twins = Array.from({ length: count }, () => []);
  const twin = array(records.twins).values;
  for (let i = 0; i < twin.length / 2; i += 1) {
    twins[twin[i]].push(twin[twin.length / 2 + i]);
    twins[twin[twin.length / 2 + i]].push(twin[i]);
  }
  const world = {
    ...records,
    count,
    longitude: place.subarray(0, count),
    latitude: place.subarray(count),
    people: array(records.people).values,
    id: array(records.id).values,
    stateOf: array(records.state).values,
    regionOf: array(records.region).values,
    memberOf: networks,
    members,
    twinsOf: twins,
  };
  worlds.set(records, world);
  return world;
}
