"""Mesa's data collector over the recorder, so that ``mesa.batch_run`` works as it stands."""

from collections.abc import Collection

from citysim.model.mesa_light import mesa
from citysim.model.recorder import Recorder


class RecordedOutcomes(mesa.DataCollector):
    """The outcomes of the world, one row a quarter, read from the recorder only when somebody asks.

    An outcome that has the name of one of ``keywords``, as the switch ``networks``, is called
    ``networks_outcome``: ``mesa.batch_run`` puts both into one row.
    """

    def __init__(self, recorder: Recorder, keywords: Collection[str] = ()) -> None:
        self._recorder = recorder
        self._names = [f"{name}_outcome" if name in keywords else name for name in recorder.outcomes]
        super().__init__(model_reporters={name: name for name in self._names})

    @property
    def model_vars(self) -> dict[str, list[float]]:
        """Values of each outcome, by quarter."""
        return dict(zip(self._names, self._recorder.series[:, 0].T.tolist(), strict=True))

    @model_vars.setter
    def model_vars(self, _empty: object) -> None:
        """Mesa begins with nothing collected, and so does the recorder."""

    @property
    def _collection_steps(self) -> list[float]:
        """Mesa's time of each row."""
        return [float(quarter) for quarter in range(1, self._recorder.recorded + 1)]

    @_collection_steps.setter
    def _collection_steps(self, _empty: object) -> None:
        """See ``model_vars``."""

    def _new_model_reporter(self, name: str, reporter: object) -> None:
        self.model_reporters[name] = reporter

    def collect(self, _model: mesa.Model) -> None:
        """Nothing: the recorder keeps every quarter by itself."""
