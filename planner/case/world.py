"""Names of the world that a rule may speak of though no row of the case bears them."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in text.split(","))


#: Chemical symbols, and NdPr as the trade sells it.
ELEMENTS = _names(
    """
    H, He, Li, Be, B, C, N, O, F, Ne, Na, Mg, Al, Si, P, S, Cl, Ar, K, Ca, Sc, Ti, V, Cr, Mn,
    Fe, Co, Ni, Cu, Zn, Ga, Ge, As, Se, Br, Kr, Rb, Sr, Y, Zr, Nb, Mo, Tc, Ru, Rh, Pd, Ag, Cd,
    In, Sn, Sb, Te, I, Xe, Cs, Ba, La, Ce, Pr, Nd, Pm, Sm, Eu, Gd, Tb, Dy, Ho, Er, Tm, Yb, Lu,
    Hf, Ta, W, Re, Os, Ir, Pt, Au, Hg, Tl, Pb, Bi, Po, At, Rn, Fr, Ra, Ac, Th, Pa, U, NdPr
    """
)

#: Countries, and groups of them that rules name.
COUNTRIES = _names(
    """
    Afghanistan, Albania, Algeria, Angola, Argentina, Armenia, Australia, Austria, Azerbaijan,
    Bahrain, Bangladesh, Belarus, Belgium, Bolivia, Bosnia and Herzegovina, Botswana, Brazil,
    Bulgaria, Burundi, Cambodia, Cameroon, Canada, Chile, China, Colombia, Congo, Costa Rica,
    Croatia, Cuba, Cyprus, Czechia, Denmark, Ecuador, Egypt, Estonia, Ethiopia, Finland,
    France, Gabon, Georgia, Germany, Ghana, Greece, Greenland, Guinea, Hong Kong, Hungary,
    Iceland, India, Indonesia, Iran, Iraq, Ireland, Israel, Italy, Japan, Jordan, Kazakhstan,
    Kenya, Kuwait, Kyrgyzstan, Laos, Latvia, Lebanon, Libya, Lithuania, Luxembourg, Macao,
    Madagascar, Malawi, Malaysia, Mali, Malta, Mauritania, Mexico, Mongolia, Morocco,
    Mozambique, Myanmar, Namibia, Nepal, Netherlands, New Zealand, Niger, Nigeria, North Korea,
    North Macedonia, Norway, Oman, Pakistan, Panama, Papua New Guinea, Paraguay, Peru,
    Philippines, Poland, Portugal, Qatar, Romania, Russia, Rwanda, Saudi Arabia, Senegal,
    Serbia, Sierra Leone, Singapore, Slovakia, Slovenia, Somalia, South Africa, South Korea,
    Spain, Sri Lanka, Sudan, Sweden, Switzerland, Syria, Taiwan, Tajikistan, Tanzania,
    Thailand, Togo, Tunisia, Turkey, Turkmenistan, Uganda, Ukraine, United Arab Emirates,
    United Kingdom, United States, Uruguay, Uzbekistan, Venezuela, Vietnam, Yemen, Zambia,
    Zimbabwe, ASEAN, EU, European Union
    """
)
