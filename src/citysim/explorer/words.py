"""Every string that the page shows, in one place; the page has them as JSON and fills in ``{fields}``."""

STRINGS = {
    # head and answer
    "title": "Can cities save the world?",
    "skip": "Skip to the levers",
    "wait": "Unpacking the results …",
    "no_script": "This page needs JavaScript; the same results are in the briefing and the tables beside it.",
    "too_old": "This browser is too old for this page; it needs one from the middle of 2024 or later.",
    "answer": "The answer",
    "answer.of": "{which}: {setting}",
    "answer.reference": "This is the world in which cities do not cooperate; all others are held against it.",
    "answer.asked": "To the question: {answer}",
    "missing": "{missing} of {asked} runs are missing or failed, so numbers may still change.",
    "limits": (
        "It shows what follows from the model's assumptions, not what will happen. Intervals hold nine of ten "
        "of {count} replications, which differ in what is not known of the parameters and in chance."
    ),
    "limits.defaults": (
        "It shows what follows from the model's assumptions, not what will happen. All parameters are at their "
        "defaults; intervals hold nine of ten of {count} replications, which differ in chance alone."
    ),
    "few": "With {count} replications an interval is their whole range.",
    # levers
    "levers": "Levers",
    "experiment": "Experiment",
    "lever.arm": "What cities do",
    "lever.stall": "States have lost, of their power to act",
    "only_run": "Only settings that were run can be chosen; nothing between them is made up.",
    "setting.a": "Setting A",
    "setting.b": "Setting B",
    "a": "A",
    "b": "B",
    "difference": "A less B",
    "view": "Show",
    "view.one": "A alone",
    "view.two": "A beside B",
    "view.diff": "A less B",
    "outcome": "Outcome",
    "outcome.more": "more is better",
    "outcome.less": "less is better",
    "outcome.neither": "neither more nor less is better",
    "swap": "Swap A and B",
    # time
    "time": "Time",
    "time.at": "End of quarter {quarter} of {year}",
    "play": "Play",
    "pause": "Pause",
    # numbers
    "numbers": "Numbers",
    "numbers.what": "what",
    "numbers.value": "median",
    "numbers.interval": "90 % interval",
    "numbers.count": "replications",
    "numbers.end": "Over the run: {how}",
    "numbers.at": "At {when}",
    "numbers.final": "value of the last quarter",
    "numbers.mean": "mean over time",
    "numbers.sum": "sum over time",
    "numbers.no_pair": "no paired difference of these two is kept; choose two that differ in one lever",
    "numbers.none": "not known",
    "interval": "{low} to {high}",
    # map
    "map": "Map",
    "map.of": "Map of {count} cities: {what}",
    "map.level": "{outcome}, median, end of {year}",
    "map.against": "What A changes against B, {outcome}, median of paired differences, end of {year}",
    "map.medians": (
        "{outcome} in A less B, end of {year}: difference of the medians, for which no interval is kept"
    ),
    "map.still": "Cities are recorded at the end of the run alone; the time slider moves the chart and the numbers.",
    "map.world_only": "{outcome} is not shown by city: it is of the world, or a city's last quarter is mostly chance.",
    "map.no_cities": (
        "These results hold no records of single cities, so the map has no colours. To record them: {command}"
    ),
    "map.no_world": "The world of these results has changed since, or cannot be built here, so there is no map.",
    "map.places": "Area of a dot: people",
    "map.hover": "{city}, {state}: {value}",
    "map.one": "{city}, {state}",
    "search": "Find a city",
    "search.none": "No city of that name here.",
    "network": "Ties of a network",
    "network.none": "none",
    "network.members": "{network}: {count} members at the start",
    "ties": "Lines: twinnings of {city} at the start ({count})",
    # charts
    "course": "Course of the world",
    "course.of": "{outcome}, {unit}; lines: median, bands: 90 % interval",
    "course.year": "{outcome}, {unit}, sum of the last four quarters; lines: median, bands: 90 % interval",
    "course.difference": "A less B, paired by replication, at the end of every year",
    "course.none": "These results hold no course of this over time. To record it: {command}",
    "course.world": "No course of “{outcome}” was kept for differences, since neither more nor less of it is better.",
    "shares": "What cities make up for",
    "shares.measure": "Share of what the stall costs",
    "shares.compensation": "all that cooperation gives (C)",
    "shares.substitution": "what it gives more because states stall",
    "shares.response": "what answering the stall adds",
    "shares.undefined": "undefined: stall costs too little for sure",
    "shares.none": "Nothing to make up for here: states have not lost anything, or cities do not cooperate.",
    "shares.alt": "0 %: cities change nothing; 100 %: they make up for all. Arrows: the interval goes on.",
    # card
    "card": "City",
    "card.none": "Choose a city: click on the map, or search.",
    "card.people": "{people} people in {year}; {region}",
    "card.networks": "Networks ({count})",
    "card.twins": "Twins ({count})",
    "card.nothing": "none",
    "card.value": "in {which}",
    "card.change": "change by cooperation, {which}",
    "card.services": "Services in {which}: share of people served, median",
    "card.reference": "A and B are compared with no cooperation at the same other levers.",
    "close": "Close the card",
    # out
    "out": "Take it with you",
    "out.png": "Picture (PNG)",
    "out.csv": "Numbers (CSV)",
    "out.link": "Copy the link",
    "out.copied": "The link to this view is copied.",
    "out.here": "The link to this view stands in the address bar.",
    "rounding": "Courses are rounded to {course}, cities to {city} ({outcome}); all else to seven digits.",
    "credits": "Made with citysim {version}. {credits} Map: d3-geo.",
}


def strings() -> dict[str, str]:
    """What the page shows in words, by key."""
    return dict(STRINGS)
