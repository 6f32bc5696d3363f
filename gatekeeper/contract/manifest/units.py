"""The units that a manifest may name, so that a slip of the pen is no new unit.

Currencies by ISO 4217, units of the SI with their prefixes, those of time, data, angle and everyday use, and in braces
whatever is counted (`{passengers}`), as the Unified Code for Units of Measure writes it.
"""

from __future__ import annotations

import re
from typing import Final

_CURRENCIES: Final = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF
    IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES
    VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG""".split()
)
_PREFIXED: Final = frozenset("m g s A K mol cd Hz N Pa J W C V F Ohm S Wb T H lm lx Bq Gy Sv L l t eV Wh B bit".split())
_PREFIX: Final = re.compile(r"(?:[KMGTPE]i|da|[QRYZEPTGMkhdcmuµnpfazyrq])(?P<unit>.+)")
_OTHERS: Final = frozenset(
    """1 % ‰ ppm ppb bp ratio share probability score count pieces rows requests
    year month week day h hour min minute second years months weeks days hours minutes seconds
    m2 m3 cm2 cm3 mm2 km2 ha km/h m/s m/s2 kg/m2 kg/m3 g/L mg/dL mmol/L degC °C degF °F deg rad
    in ft yd mi lb oz gal mph ft2 sqft psi mmHg bpm dB px""".split()
)
_COUNTED: Final = re.compile(r"\{[^{}\s][^{}]*\}")
_LONGEST: Final = 60


def is_unit(text: str) -> bool:
    """Return whether a text is a unit; two with a `/` between them are one too."""
    if len(text) > _LONGEST:
        return False
    if _is_one(text):
        return True
    above, slash, below = text.partition("/")
    return bool(slash) and _is_one(above) and _is_one(below)


def _is_one(text: str) -> bool:
    if text in _CURRENCIES or text in _PREFIXED or text in _OTHERS or _COUNTED.fullmatch(text):
        return True
    prefixed = _PREFIX.fullmatch(text)
    return prefixed is not None and prefixed["unit"] in _PREFIXED


def known_units() -> frozenset[str]:
    """Return the units without prefixes: what a slip of the pen was probably meant to be."""
    return _CURRENCIES | _PREFIXED | _OTHERS
