"""Every string that the page shows, in one place; the page has them as JSON and fills in ``{fields}``."""

from citysim.language import N_, gettext

STRINGS = {
    # head and answer
    "title": N_("Can cities save the world?"),
    "skip": N_("Skip to the levers"),
    "wait": N_("Unpacking the results …"),
    "no_script": N_(
        "This page needs JavaScript; the same results are in the briefing and the tables beside it."
    ),
    "too_old": N_("This browser is too old for this page; it needs one from the middle of 2024 or later."),
    "answer": N_("The answer"),
    "answer.of": N_("{which}: {setting}"),
    "answer.reference": N_(
        "This is the world in which cities do not cooperate; all others are held against it."
    ),
    "answer.asked": N_("To the question: {answer}"),
    "missing": N_("{missing} of {asked} runs are missing or failed, so numbers may still change."),
    "limits": N_(
        "It shows what follows from the model's assumptions, not what will happen. Intervals hold nine of ten "
        "of {count} replications, which differ in what is not known of the parameters and in chance."
    ),
    "limits.defaults": N_(
        "It shows what follows from the model's assumptions, not what will happen. All parameters are at their "
        "defaults; intervals hold nine of ten of {count} replications, which differ in chance alone."
    ),
    "one": N_("This is one replication: how uncertain it is, is not known yet."),
    "few": N_("With {count} replications an interval is their whole range."),
    # levers
    "levers": N_("Levers"),
    "experiment": N_("Experiment"),
    "lever.arm": N_("What cities do"),
    "lever.stall": N_("States have lost, of their power to act"),
    "only_run": N_("Only settings that were run can be chosen; nothing between them is made up."),
    "setting.a": N_("Setting A"),
    "setting.b": N_("Setting B"),
    "a": N_("A"),
    "b": N_("B"),
    "difference": N_("A less B"),
    "view": N_("Show"),
    "view.one": N_("A alone"),
    "view.two": N_("A beside B"),
    "view.diff": N_("A less B"),
    "outcome": N_("Outcome"),
    "outcome.more": N_("more is better"),
    "outcome.less": N_("less is better"),
    "outcome.neither": N_("neither more nor less is better"),
    "swap": N_("Swap A and B"),
    # time
    "time": N_("Time"),
    "time.at": N_("End of quarter {quarter} of {year}"),
    "play": N_("Play"),
    "pause": N_("Pause"),
    # numbers
    "numbers": N_("Numbers"),
    "numbers.what": N_("what"),
    "numbers.value": N_("median"),
    "numbers.interval": N_("90 % interval"),
    "numbers.count": N_("cases"),
    "numbers.end": N_("Over the run: {how}"),
    "numbers.final": N_("value of the last quarter"),
    "numbers.mean": N_("mean over time"),
    "numbers.sum": N_("sum over time"),
    "numbers.no_pair": N_("no paired difference of these two is kept; choose two that differ in one lever"),
    "numbers.none": N_("not known"),
    "interval": N_("{low} to {high}"),
    # map
    "map": N_("Map"),
    "map.of": N_("Map of {count} cities: {what}"),
    "map.level": N_("{outcome}, median, end of {year}"),
    "map.against": N_("What A changes against B, {outcome}, median of paired differences, end of {year}"),
    "map.medians": N_(
        "{outcome} in A less B, end of {year}: difference of the medians, for which no interval is kept"
    ),
    "map.level.then": N_("{outcome}, median, end of quarter {quarter} of {year}"),
    "map.against.then": N_(
        "What A changes against B, {outcome}, median of paired differences, end of quarter {quarter} of {year}"
    ),
    "map.medians.then": N_(
        "{outcome} in A less B, end of quarter {quarter} of {year}: difference of the medians, for which no "
        "interval is kept"
    ),
    "map.still": N_(
        "Cities are recorded at the end of the run alone; the time slider moves the chart and the numbers. To "
        "have the map move too: {command}"
    ),
    "map.date": N_(
        "The map follows the time slider: the last date at or before it that has cities is the end of quarter "
        "{quarter} of {year}."
    ),
    "map.before": N_(
        "So early no cities are kept, so the map has no colours; they are from the end of quarter {quarter} of "
        "{year} on."
    ),
    "map.fewer": N_("Of {recorded} dates before the end this page has room for {kept}."),
    "map.no_room": N_("This page has no room for the {recorded} dates of cities before the end of the run."),
    "map.bare": N_("Before the end medians alone are kept, without intervals."),
    "map.world_only": N_(
        "{outcome} is not shown by city: it is of the world, or a city's last quarter is mostly chance."
    ),
    "map.no_cities": N_(
        "These results hold no records of single cities, so the map has no colours. To record them: {command}"
    ),
    "map.no_world": N_(
        "The world of these results has changed since, or cannot be built here, so there is no map."
    ),
    "map.places": N_("Area of a dot: people"),
    "map.hover": N_("{city}, {state}: {value}"),
    "map.one": N_("{city}, {state}"),
    "search": N_("Find a city"),
    "search.none": N_("No city of that name here."),
    "network": N_("Ties of a network"),
    "network.none": N_("no network"),
    "network.members": N_("{network}: {count} members at the start"),
    "ties": N_("Lines: twinnings of {city} at the start ({count})"),
    # charts
    "course": N_("Course of the world"),
    "course.of": N_("{outcome}, {unit}; lines: median, bands: 90 % interval"),
    "course.year": N_(
        "{outcome}, {unit}, sum of the last four quarters; lines: median, bands: 90 % interval"
    ),
    "course.difference": N_("A less B, paired by replication, at the end of every year"),
    "course.none": N_("These results hold no course of this over time. To record it: {command}"),
    "course.world": N_(
        "No course of “{outcome}” was kept for differences, since neither more nor less of it is better."
    ),
    "shares": N_("What cities make up for"),
    "shares.measure": N_("Share of what the stall costs"),
    "shares.compensation": N_("all that cooperation gives (C)"),
    "shares.substitution": N_("what it gives more because states stall"),
    "shares.response": N_("what answering the stall adds"),
    "shares.undefined": N_("undefined: stall costs too little for sure"),
    "shares.none": N_(
        "Nothing to make up for here: states have not lost anything, or cities do not cooperate."
    ),
    "shares.alt": N_(
        "0 %: cities change nothing; 100 %: they make up for all. Arrows: the interval goes on."
    ),
    # card
    "card": N_("City"),
    "card.none": N_("Choose a city: click on the map, or search."),
    "card.people": N_("{people} people in {year}; {region}"),
    "card.networks": N_("Networks ({count})"),
    "card.twins": N_("Twins ({count})"),
    "card.nothing": N_("none"),
    "card.value": N_("in {which}"),
    "card.then": N_("{which}, end of quarter {quarter} of {year}"),
    "card.change": N_("{which} less “{arm}”"),
    "card.services": N_("Services in {which}: share of people served, median"),
    "card.reference": N_("Changes: against “{arm}” at the same other levers, paired by replication."),
    "close": N_("Close the card"),
    # out
    "out": N_("Take it with you"),
    "out.png": N_("Picture (PNG)"),
    "out.csv": N_("Numbers (CSV)"),
    "out.link": N_("Copy the link"),
    "out.copied": N_("The link to this view is copied."),
    "out.here": N_("The link to this view stands in the address bar."),
    "rounding": N_(
        "Courses are rounded to {course}, cities to {city} ({outcome}); all else to seven digits."
    ),
    "rounding.then": N_("At dates before the end they are rounded to {step}."),
    # live
    "live": N_("Try it: every parameter"),
    "live.about": N_(
        "Values start from “{arm}”. What is changed here runs as one more choice of “What cities do”, with the same seeds as all others; an uncertain value that is set is no longer drawn."
    ),
    "live.events": N_("Events"),
    "live.event.about": N_(
        "What happens at a date, in these runs alone. Several are separated by semicolons, the two of a pair by “ / ”."
    ),
    "live.event.add": N_("Add an event"),
    "live.event.kind": N_("What happens"),
    "live.event.remove": N_("Remove event {number}"),
    "live.event.date": N_("2027-Q3, 2027, or a range to draw from: 2027 – 2035"),
    "live.event.needed": N_("needed"),
    "live.event.none": N_("not said"),
    "live.first": N_("The first runs are under way …"),
    "live.run": N_("Run it"),
    "live.cancel": N_("Cancel"),
    "live.reset": N_("Reset"),
    "live.reset_one": N_("Reset {name}"),
    "live.seeds": N_("Replications, 1 to {most}"),
    "live.filter": N_("Find a parameter"),
    "live.save": N_("Save as a config (citysim run takes it)"),
    "live.changed": N_("{count} changed"),
    "live.allowed": N_("{unit}; allowed: {allowed}"),
    "live.uncertain": N_("uncertain: {low} to {high}"),
    "live.state.waiting": N_("waiting"),
    "live.state.running": N_("{done} of {total} runs; {seeds} of {wanted} replications shown"),
    "live.state.done": N_("done: {seeds} replications"),
    "live.state.cancelled": N_("cancelled; {seeds} replications shown"),
    "live.state.failed": N_("failed: {why}"),
    "live.gone": N_("The server does not answer any more; start citysim explore --live again."),
    "live.progress": N_("Runs done"),
    "live.tried": N_("Tried so far"),
    "live.config": N_("the config's own arms"),
    "live.own": N_("mine {number}"),
    "live.english": N_("Names, descriptions and faults of parameters are English, as in a config."),
    "live.group.attention": N_("Attention"),
    "live.group.crises": N_("Crises"),
    "live.group.development": N_("Development"),
    "live.group.diplomacy": N_("Diplomacy"),
    "live.group.networks": N_("Networks"),
    "live.group.practices": N_("Practices"),
    "live.group.relief": N_("Relief"),
    "live.group.scope": N_("Scope"),
    "live.group.switches": N_("Switches"),
    "live.group.twinning": N_("Twinning"),
    "live.group.urbanisation": N_("Urbanisation"),
    "credits": N_("Made with citysim {version}. {credits} Map: d3-geo."),
}


def strings() -> dict[str, str]:
    """What the page shows in words, by key, in the language spoken."""
    return {key: gettext(text) for key, text in STRINGS.items()}
