// What is shown, kept in the address bar, so that a link is a view.

/** State of the page: experiment, settings A and B, view, outcome, quarter, city, network, measure. */
export class State {
  #heard = [];

  constructor(experiments) {
    this.experiments = experiments;
    this.read();
    addEventListener("hashchange", () => {
      if (location.hash !== this.#hash) {
        this.read();
        this.#tell();
      }
    });
  }

  #hash = "";

  get experiment() {
    return this.experiments[this.x];
  }

  /** The settings that the view shows. */
  get shown() {
    return this.view === "one" ? [this.a] : [this.a, this.b];
  }

  /** Show other data, the view as it is. */
  load(experiments) {
    this.experiments = experiments;
    this.read();
    this.#tell();
  }

  onChange(hear) {
    this.#heard.push(hear);
  }

  set(changes) {
    if ("x" in changes && changes.x !== this.x) {
      Object.assign(this, changes);
      this.#start();
    } else {
      Object.assign(this, changes);
    }
    this.#write();
    this.#tell();
  }

  #tell() {
    for (const hear of this.#heard) hear(this);
  }

  /** Where an experiment starts. */
  #start() {
    const { experiment } = this;
    [this.a, this.b] = experiment.start;
    const names = experiment.outcomes.map((outcome) => outcome.name);
    if (!names.includes(this.o)) this.o = names.includes("development") ? "development" : names[0];
    this.q = (experiment.times?.length ?? 1) - 1;
    this.city = null;
    this.network = null;
  }

  read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const place = this.experiments.findIndex((experiment) => experiment.name === asked.get("experiment"));
    this.x = Math.max(place, 0);
    this.o = asked.get("outcome");
    this.#start();
    const { experiment } = this;
    for (const which of ["a", "b"]) {
      experiment.levers.forEach((lever, at) => {
        const value = lever.values.findIndex((found) => found.value === asked.get(`${which}.${lever.name}`));
        if (value >= 0) this[which] = experiment.moved(this[which], at, value);
      });
    }
    this.view = ["one", "two", "diff"].includes(asked.get("view")) ? asked.get("view") : "one";
    this.measure = ["substitution", "response"].includes(asked.get("measure")) ? asked.get("measure") : "compensation";
    const quarter = Number.parseInt(asked.get("quarter") ?? "", 10);
    if (quarter >= 0 && quarter <= this.q) this.q = quarter;
    const { world } = experiment;
    if (world) {
      const city = world.id.indexOf(Number.parseInt(asked.get("city") ?? "", 10));
      this.city = city >= 0 ? city : null;
      const network = world.networks.indexOf(asked.get("network"));
      this.network = network >= 0 ? network : null;
    }
    this.#hash = location.hash;
  }

  #write() {
    const { experiment } = this;
    const told = new URLSearchParams({ experiment: experiment.name });
    for (const which of ["a", "b"]) {
      experiment.levers.forEach((lever, at) => {
        told.set(`${which}.${lever.name}`, lever.values[experiment.chosen[this[which]][at]].value);
      });
    }
    told.set("view", this.view);
    told.set("outcome", this.o);
    told.set("quarter", this.q);
    if (this.measure !== "compensation") told.set("measure", this.measure);
    if (this.city !== null) told.set("city", experiment.world.id[this.city]);
    if (this.network !== null) told.set("network", experiment.world.networks[this.network]);
    this.#hash = `#${told}`;
    history.replaceState(null, "", this.#hash);
  }
}
