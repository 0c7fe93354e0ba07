"""The kinds that a config may name, each once; imports nothing, so that ``--help`` can list them."""

from typing import Literal

WorldKind = Literal["real", "synthetic"]
PropensityKind = Literal["record", "covariates", "chance"]
RegionKind = Literal["Africa", "Asia", "Europe", "Latin America", "Northern America", "Oceania"]
#: Tables of one's own that may take the place of the pack's.
ReplaceKind = Literal["cities", "memberships", "networks", "twinning", "conflicts"]
GridKind = Literal["grid", "list"]
SampledKind = Literal["latin_hypercube", "sobol", "saltelli", "morris"]
DesignKind = Literal[GridKind, SampledKind]
#: Languages of figures and briefings: those of the catalogue (``citysim.language``).
LanguageKind = Literal["en", "de"]
ExecutorKind = Literal["local", "dask", "slurm"]
#: Files of a briefing; the first two are made by default.
BriefingKind = Literal["html", "pdf", "pptx"]
#: Files of a dialogue sheet, all of which are made by default.
SheetKind = Literal["pdf", "html", "csv"]
