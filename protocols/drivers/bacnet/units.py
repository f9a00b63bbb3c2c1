"""BACnet engineering units (135-2020 clause 21, BACnetEngineeringUnits) in UCUM, the notation of every unit here."""

_UCUM = {
    0: "m2", 1: "[sft_i]", 2: "mA", 3: "A", 4: "Ohm", 5: "V", 6: "kV", 7: "MV", 8: "V.A", 9: "kV.A", 10: "MV.A",
    11: "V.A{reactive}", 12: "kV.A{reactive}", 13: "MV.A{reactive}", 14: "deg{phase}", 15: "1", 16: "J", 17: "kJ",
    18: "W.h", 19: "kW.h", 20: "[Btu_IT]", 21: "[thm_us]", 22: "{ton_h}", 23: "J/kg", 24: "[Btu_IT]/[lb_av]",
    25: "/h", 26: "/min", 27: "Hz", 28: "g/kg", 29: "%", 30: "mm", 31: "m", 32: "[in_i]", 33: "[ft_i]",
    34: "W/[sft_i]", 35: "W/m2", 36: "lm", 37: "lx", 38: "{footcandle}", 39: "kg", 40: "[lb_av]", 41: "t",
    42: "kg/s", 43: "kg/min", 44: "kg/h", 45: "[lb_av]/min", 46: "[lb_av]/h", 47: "W", 48: "kW", 49: "MW",
    50: "[Btu_IT]/h", 51: "[HP]", 52: "{ton_refrigeration}", 53: "Pa", 54: "kPa", 55: "bar", 56: "[psi]",
    57: "cm[H2O]", 58: "[in_i'H2O]", 59: "mm[Hg]", 60: "cm[Hg]", 61: "[in_i'Hg]", 62: "Cel", 63: "K", 64: "[degF]",
    65: "Cel.d", 66: "[degF].d", 67: "a", 68: "mo", 69: "wk", 70: "d", 71: "h", 72: "min", 73: "s", 74: "m/s",
    75: "km/h", 76: "[ft_i]/s", 77: "[ft_i]/min", 78: "[mi_i]/h", 79: "[cft_i]", 80: "m3", 81: "[gal_br]", 82: "L",
    83: "[gal_us]", 84: "[cft_i]/min", 85: "m3/s", 86: "[gal_br]/min", 87: "L/s", 88: "L/min", 89: "[gal_us]/min",
    90: "deg", 91: "Cel/h", 92: "Cel/min", 93: "[degF]/h", 94: "[degF]/min", 95: "1", 96: "[ppm]", 97: "[ppb]",
    98: "%", 99: "%/s", 100: "/min", 101: "/s", 103: "rad", 104: "{rev}/min", 116: "cm2", 117: "[Btu_IT]/[lb_av]",
    118: "cm", 119: "[lb_av]/s", 120: "[degF]{difference}", 121: "K", 122: "kOhm", 123: "MOhm", 124: "mV",
    125: "kJ/kg", 126: "MJ", 129: "kHz", 130: "MHz", 131: "/h", 132: "mW", 133: "hPa", 134: "mbar", 135: "m3/h",
    136: "L/h", 137: "kW.h/m2", 139: "MJ/m2", 142: "[cft_i]/s", 145: "mOhm", 146: "MW.h", 147: "k[Btu_IT]",
    148: "M[Btu_IT]", 149: "kJ/kg", 153: "N", 154: "g/s", 155: "g/min", 156: "t/h", 157: "k[Btu_IT]/h",
    158: "cs", 159: "ms", 160: "N.m", 161: "mm/s", 162: "mm/min", 163: "m/min", 164: "m/h", 165: "m3/min",
    166: "m/s2", 179: "cd", 180: "cd/m2", 181: "K/h", 182: "K/min", 184: "rad/s", 186: "kg/m3", 190: "uS",
    191: "[cft_i]/h", 192: "[gal_us]/h", 193: "km", 194: "um", 195: "g", 196: "mg", 197: "mL", 198: "mL/s",
    199: "dB", 202: "mS", 203: "V.A.h{reactive}", 204: "kV.A.h{reactive}", 205: "MV.A.h{reactive}", 206: "mm[H2O]",
    207: "[ppth]", 208: "g/g", 209: "kg/kg", 210: "g/kg", 211: "mg/g", 212: "mg/kg", 213: "g/mL", 214: "g/L",
    215: "mg/L", 216: "ug/L", 217: "g/m3", 218: "mg/m3", 219: "ug/m3", 220: "ng/m3", 232: "dB{A}", 234: "[pH]",
    239: "V.A.h", 240: "kV.A.h", 241: "MV.A.h", 248: "[cft_i]/d", 249: "m3/d",
}  # fmt: skip


def ucum(units: int) -> str:
    """The UCUM code of BACnet's `units`; "1" for those without one, so that the number at least is shown."""
    return _UCUM.get(units, "1")
