"""The regions, apart from the world's arrays: a config names them long before there is a world."""

#: Order of regions (UN macro-regions, Americas split) in ``World.region``.
REGIONS = ("Africa", "Asia", "Europe", "Latin America", "Northern America", "Oceania")
