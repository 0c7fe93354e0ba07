// The page's data: records as JSON and a blob of packed arrays (citysim.explorer.packing).

/** Records and arrays of the text that the page carries. */
export async function unpacked(text) {
  const packed = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
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

  /** What cities have of an outcome in a setting, (cities,) each; null where it was not recorded. */
  ofCities(setting, name) {
    return this.#ofCities(this.cities?.level[name], setting, 1);
  }

  /** What differs by city between two settings; null where it was not recorded.
   *  Paired where B is the setting without cooperation that A is held against, or the other way round. */
  cityDifference(a, b, name) {
    if (!this.cities?.level[name]) return null;
    const against = (row, sign) => ({ ...this.#ofCities(this.cities.against[name], row, sign), paired: true });
    if (this.references[a] === b) return against(this.pairedRow.get(a), 1);
    if (this.references[b] === a) return against(this.pairedRow.get(b), -1);
    const [one, other] = [this.ofCities(a, name), this.ofCities(b, name)];
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
