"""The dialogue sheet as a table: a row per experiment."""

import pandas as pd

from citysim.briefing.sheet.entries import Entry, Sheet


def table_of(sheet: Sheet) -> pd.DataFrame:
    """One row per experiment, texts as on the sheet; empty where there is no number, interval or chance.

    ``interval_lower`` and ``interval_upper``: nine of ten cases; ``likelihood``: in the words of the IPCC, of
    ``event``, which is so in ``true`` of ``cases``; a second chance has columns of its own.
    """
    return pd.DataFrame([_row(entry) for entry in sheet.entries])


def _row(entry: Entry) -> dict[str, object]:
    short, number = entry.short, entry.short.number
    row: dict[str, object] = {
        "experiment": entry.name,
        "question": short.question,
        "answer": short.answer,
        "number": number.shown if number else "",
        "number_of": number.of if number else "",
        "interval_lower": number.low if number else "",
        "interval_upper": number.high if number else "",
    }
    for place, ending in enumerate(("", "_2")):
        chance = short.chances[place] if place < len(short.chances) else None
        row |= {
            f"likelihood{ending}": chance.words if chance else "",
            f"event{ending}": chance.event if chance else "",
            f"true{ending}": chance.true if chance else "",
            f"cases{ending}": chance.count if chance else "",
        }
    runs = {"runs": entry.done, "runs_asked": entry.asked, "missing": short.missing}
    return {**row, **runs, "world": entry.world, "folder": str(entry.folder)}
