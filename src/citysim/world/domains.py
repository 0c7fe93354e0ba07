"""The seven domains of public service, and the order of every ``(…, domains)`` axis."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain: ``name`` in code and columns, ``label`` for people."""

    name: str
    label: str


DOMAINS = (
    Domain("employment", "employment"),
    Domain("digital", "digital transformation"),
    Domain("migration", "migration & mobility"),
    Domain("climate", "climate & natural resources"),
    Domain("participation", "democratic participation"),
    Domain("civic", "civic involvement"),
    Domain("peace", "peace & safety"),
)
DOMAIN_INDEX = {domain.name: index for index, domain in enumerate(DOMAINS)}
