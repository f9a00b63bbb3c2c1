"""The abbreviations of building automation: a point's name as a set of concepts. Tables, and one way to read them. Pure."""

import re
from functools import lru_cache

WORDS: dict[str, str] = {
    # where
    "sa": "supply", "sup": "supply", "supply": "supply", "supp": "supply", "spl": "supply", "da": "supply", "disch": "supply",
    "dis": "supply", "dsch": "supply", "discharge": "supply", "lvg": "leaving", "leaving": "leaving", "lwt": "leaving water temp",
    "ewt": "entering water temp", "ent": "entering", "entering": "entering", "ra": "return", "ret": "return", "rtn": "return", "return": "return",
    "ma": "mixed", "mix": "mixed", "mixed": "mixed", "mxd": "mixed", "mixing": "mixed", "oa": "outdoor", "osa": "outdoor",
    "outdoor": "outdoor", "outside": "outdoor", "outsd": "outdoor", "outdr": "outdoor", "fresh": "outdoor", "fa": "outdoor", "ambient": "outdoor",
    "oda": "outdoor", "ea": "exhaust", "exh": "exhaust", "exhaust": "exhaust", "relief": "exhaust", "rlf": "exhaust",
    "zn": "zone", "zone": "zone", "rm": "zone", "room": "zone", "space": "zone", "spc": "zone", "spa": "zone", "rmt": "zone temp",
    "bldg": "building", "bld": "building", "building": "building", "air": "air", "duct": "duct", "dct": "duct", "water": "water", "wtr": "water",
    # what is measured
    "t": "temp", "tmp": "temp", "temp": "temp", "temperature": "temp", "temps": "temp", "dh": "temp", "h": "humidity",
    "rh": "humidity", "hum": "humidity", "humid": "humidity", "humidity": "humidity", "co2": "co2", "carbon": "co2",
    "press": "pressure", "pressure": "pressure", "pres": "pressure", "prs": "pressure", "p": "pressure", "static": "static", "stat": "static", "stc": "static",
    "sp": "setpoint", "spt": "setpoint", "stpt": "setpoint", "setpoint": "setpoint", "setpt": "setpoint", "setp": "setpoint", "set": "setpoint",
    "setpnt": "setpoint", "dsp": "duct static pressure", "dps": "duct static pressure", "sasp": "supply static pressure",
    "flow": "flow", "cfm": "flow", "airflow": "flow", "kw": "power", "power": "power", "pwr": "power",
    # what acts
    "htg": "heating", "heat": "heating", "heating": "heating", "hg": "heating", "ht": "heating", "preheat": "heating", "phtg": "heating",
    "clg": "cooling", "cool": "cooling", "cooling": "cooling", "clng": "cooling", "cl": "cooling", "rht": "reheat", "reheat": "reheat", "rh-vlv": "reheat",
    "vlv": "valve", "valve": "valve", "vv": "valve", "vl": "valve", "v": "valve", "coil": "coil", "dpr": "damper", "dmpr": "damper",
    "damper": "damper", "dmp": "damper", "dmper": "damper", "d": "damper", "dampr": "damper", "econ": "outdoor", "economizer": "outdoor", "economiser": "outdoor",
    "fan": "fan", "fn": "fan", "sf": "supply fan", "rf": "return fan", "ef": "exhaust fan", "vfd": "speed", "vsd": "speed", "spd": "speed",
    "speed": "speed", "freq": "speed", "hz": "speed", "s": "status", "sts": "status", "stts": "status", "status": "status", "proof": "status",
    "prf": "status", "run": "status", "running": "status", "fbk": "feedback", "feedback": "feedback", "pos": "feedback", "position": "feedback",
    "c": "command", "cmd": "command", "command": "command", "ss": "command", "enable": "command", "ena": "command", "en": "command",
    "start": "command", "stop": "command", "so": "command", "control": "control", "signal": "control", "out": "control", "output": "control",
    "ctrl": "control", "ctl": "control", "o": "control", "mod": "control", "pct": "control", "analog": "control",
    # plants
    "hw": "hotwater", "hhw": "hotwater", "hot": "hotwater", "chw": "chilledwater", "chilled": "chilledwater", "cw": "chilledwater",
    "hws": "hotwater leaving", "hwr": "hotwater entering", "chws": "chilledwater leaving", "chwr": "chilledwater entering",
    "chwst": "chilledwater leaving temp", "chwrt": "chilledwater entering temp", "hwst": "hotwater leaving temp", "hwrt": "hotwater entering temp",
    "hwv": "heating valve", "chwv": "cooling valve", "hcv": "heating valve", "ccv": "cooling valve", "blr": "boiler", "boiler": "boiler",
    "chlr": "chiller", "chiller": "chiller", "ch": "chiller", "pump": "pump", "pmp": "pump",
    "freezer": "freezer", "frz": "freezer", "frzr": "freezer", "cooler": "cooler", "fridge": "cooler", "refrigerator": "cooler", "walkin": "cooler",
    "milk": "cooler", "refrig": "cooler",
    # when
    "occ": "occupancy", "occupied": "occupancy", "occupancy": "occupancy", "unocc": "unoccupied", "unoccupied": "unoccupied", "mode": "mode",
    "indicator": "mode", "eff": "effective", "effective": "effective", "act": "effective", "actual": "effective", "active": "effective",
    # whole abbreviations
    "sat": "supply temp", "dat": "supply temp", "lat": "supply temp", "rat": "return temp", "mat": "mixed temp", "oat": "outdoor temp",
    "osat": "outdoor temp", "odt": "outdoor temp", "eat": "exhaust temp", "znt": "zone temp", "zat": "zone temp", "rmtemp": "zone temp",
    "satsp": "supply temp setpoint", "datsp": "supply temp setpoint", "zntsp": "zone temp setpoint", "znsp": "zone setpoint", "dspsp": "duct static pressure setpoint",
    "oad": "outdoor damper", "mad": "outdoor damper", "rad": "return damper", "ead": "exhaust damper", "oadpr": "outdoor damper", "madpr": "outdoor damper",
    "sfs": "supply fan status", "sfc": "supply fan command", "sfspd": "supply fan speed", "sfvfd": "supply fan speed", "sfss": "supply fan command",
    "rfs": "return fan status", "rfc": "return fan command", "rfspd": "return fan speed", "efs": "exhaust fan status", "efc": "exhaust fan command",
    "sfst": "supply fan status", "znco2": "zone co2", "zco2": "zone co2", "clgsp": "cooling setpoint", "htgsp": "heating setpoint",
    "clgvlv": "cooling valve", "htgvlv": "heating valve", "oah": "outdoor humidity", "rah": "return humidity", "znh": "zone humidity",
    "oarh": "outdoor humidity", "rarh": "return humidity", "znrh": "zone humidity",
    "low": "limit", "high": "limit", "lo": "limit", "hi": "limit", "alarm": "alarm", "alm": "alarm", "fault": "alarm", "limit": "limit",
    "trip": "alarm", "min": "limit", "max": "limit", "avg": "derived", "average": "derived", "reset": "reset", "deadband": "derived",
    "override": "derived", "ovr": "derived", "filter": "filter", "hours": "derived", "runtime": "derived", "warmup": "derived",
    "setback": "derived", "offset": "derived", "error": "derived", "gain": "derived", "standby": "derived", "count": "derived",
}  # fmt: skip
EQUIPMENT = re.compile(
    r"(?i)(?<![a-z])(ahu|rtu|vav|vvt|fcu|fpb|fptu|erv|hrv|doas|mau|muu|uv|wshp|hp|ac|blr|boiler|chlr|chiller|hx|ef|cuh|uh|zone|zn|room|rm|tu|cav|freezer|cooler)"
    r"(?:[\s_.#-]?(\d{1,4}(?:[-.]\d{1,4})?[a-z]?)(?![a-z0-9%]))"
)
_BARE = re.compile(r"(?i)^\s*(ahu|rtu|vav|fcu|erv|doas|mau|uv)\b(?=[\s:._-])")
_SPLIT = re.compile(r"[A-Z]?[a-z]+|[A-Z]+\d?(?![a-z])|\d+")
_CO2 = re.compile(r"(?i)co[\s_-]?2")
_SETPOINT = re.compile(r"(?i)set[\s_-]?point")


def equipment_of(name: str, zone: bool = False) -> str:
    """The equipment that a point's name speaks of, as `AHU-1`; empty where it names none. Of several the first, for what is
    of a zone the last: `AHU-1 Zone 3 ZN-T` is `ZONE-3`'s.
    """
    named = list(EQUIPMENT.finditer(name))
    if named:
        found = named[-1 if zone else 0]
        return f"{found[1].upper()}-{found[2].upper()}"
    bare = _BARE.match(name)
    return bare[1].upper() if bare is not None else ""


@lru_cache(50_000)
def concepts(name: str) -> tuple[frozenset[str], int]:
    """What the words of a name mean, and how many of them are unknown. Numbers and the equipment's own name count for neither."""
    text = _BARE.sub(" ", EQUIPMENT.sub(_without, name))
    text = _SETPOINT.sub(" setpoint ", _CO2.sub(" co2 ", text))
    found: set[str] = set()
    strange = 0
    for word in re.split(r"[^A-Za-z0-9]+", text):
        if word.lower() in WORDS:
            found.update(WORDS[word.lower()].split())
            continue
        for part in _SPLIT.findall(word):
            known = WORDS.get(part.lower())
            if known is not None:
                found.update(known.split())
            elif not part.isdigit():
                strange += 1
    return frozenset(found), strange


def _without(found: re.Match[str]) -> str:
    kind = found[1].lower()
    return (
        f" {kind} "
        if kind in ("zone", "zn", "room", "rm", "freezer", "cooler", "boiler", "blr", "chiller", "chlr")
        else " "
    )
