"""AgentPy's ``Experiment`` over a thin model of its own that steps a ``CityModel``."""

import agentpy

from driven import CHECKED, Sweep, city_model, last_of_world

KEEPS = "every quarter, the world, in memory"


class SteppedModel(agentpy.Model):
    """An AgentPy model around a ``CityModel``."""

    def setup(self) -> None:
        """Start the run that the parameters name."""
        self.inner = city_model(self.p.arm, self.p.stall, self.p.seed, self.p.steps)

    def step(self) -> None:
        """A quarter, then record."""
        self.inner.step()
        for name, value in last_of_world(self.inner).items():
            self.record(name, value)

    def end(self) -> None:
        """Report the number that all drivers are compared by."""
        self.report(CHECKED, last_of_world(self.inner)[CHECKED])


def run(sweep: Sweep, workers: int) -> float:
    """A sample of one dictionary a run."""
    sample = [{**one, "steps": sweep.quarters} for one in sweep.runs]
    results = agentpy.Experiment(SteppedModel, sample, record=True).run(n_jobs=workers, display=False)
    return float(results.reporters[CHECKED].mean())
