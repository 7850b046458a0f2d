"""What goods are made of and what becomes of them: compositions and recipes.

Elements are counted as metal. An oxide holds its element times metal per oxide (stoichiometry,
rows conv001 to conv011); NdPr is a fixed mix of both oxides. Each recipe states t of input and
output per t of throughput and never yields more of an element than it takes in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inputs.tables import Row, cite, number, reference, texts

#: Mass share of Nd oxide and Pr oxide in NdPr oxide (source assu_ndpr_split).
NDPR_OXIDE = {"Nd": 0.775, "Pr": 0.225}
#: Share of the metal that survives alloying (source assu_alloy_loss).
ALLOYING = 0.99

SINGLE_OXIDES = ("Dy", "Tb", "Sm", "Y", "La", "Ce")
METAL_PER_OXIDE = {
    "La": "conv001", "Ce": "conv002", "Pr": "conv003", "Nd": "conv004", "Sm": "conv005",
    "Eu": "conv006", "Gd": "conv007", "Tb": "conv008", "Dy": "conv009", "Y": "conv011",
}  # fmt: skip
ELECTROLYSIS, MAGNET_YIELD, HYDROMET, SHORT_LOOP = "conv013", "conv018", "recy038", "recy037"

Shares = dict[str, float]


def metal_per_oxide(element: str) -> float:
    """t of metal in a t of its oxide."""
    return number(METAL_PER_OXIDE[element])


def ndpr_metal_per_oxide() -> float:
    """t of NdPr metal in a t of NdPr oxide, before losses."""
    return sum(share * metal_per_oxide(element) for element, share in NDPR_OXIDE.items())


def _ndpr(metal: float) -> Shares:
    """Nd and Pr in ``metal`` t of NdPr metal."""
    whole = ndpr_metal_per_oxide()
    return {
        element: metal * share * metal_per_oxide(element) / whole
        for element, share in NDPR_OXIDE.items()
    }


def feed_oxides(feed: Mapping[str, str]) -> tuple[Shares, list[str]]:
    """Oxide shares of a feed's basket (0..1 of REO) and the ids of the ore rows behind them."""
    rows = [
        row
        for row in reference().values()
        if row["id"].startswith("ore_") and row["deposit"] == feed["set"]
    ]
    shares = {row["element"]: float(row["value"]) / 100 for row in rows}
    return shares, [row["id"] for row in rows if row["element"] in METAL_PER_OXIDE]


def grade_shares(grade: Mapping[str, str]) -> Shares:
    """Mass shares of the elements in a magnet grade."""
    heavy = {element: float(grade[element]) for element in ("Dy", "Tb", "Sm")}
    return {**_ndpr(float(grade["NdPr"])), **heavy}


def _grades() -> dict[str, Mapping[str, str]]:
    return {row["material"]: row for row in texts("magnet_grades")}


def _scrap_grades() -> dict[str, Mapping[str, str]]:
    """The grade whose composition each scrap has: the first one that yields it."""
    first: dict[str, Mapping[str, str]] = {}
    for grade in texts("magnet_grades"):
        if grade["scrap"]:
            first.setdefault(grade["scrap"], grade)
    return first


def compositions() -> list[Row]:
    """Rows of sheet ``composition``."""
    found: list[tuple[str, Shares, str]] = [
        ("NdPr oxide", _ndpr(ndpr_metal_per_oxide()), cite("conv003;conv004", "assu_ndpr_split")),
        ("NdPr metal", _ndpr(1.0), cite("conv003;conv004", "assu_ndpr_split")),
    ]
    for element in SINGLE_OXIDES:
        share = {element: metal_per_oxide(element)}
        found.append((f"{element} oxide", share, METAL_PER_OXIDE[element]))
    for feed in texts("feeds"):
        oxides, ids = feed_oxides(feed)
        held = {e: oxides[e] * metal_per_oxide(e) for e in METAL_PER_OXIDE}
        found.append((feed["material"], held, cite(feed["source"], *ids)))
    for name, grade in _grades().items():
        found.append((name, grade_shares(grade), cite(grade["source"], "assu_ndpr_split")))
    for scrap, grade in _scrap_grades().items():
        found.append((scrap, grade_shares(grade), cite(grade["source"], "assu_ndpr_split")))
    return [
        {"material": material, "element": element, "share": round(share, 6), "source": source}
        for material, shares, source in found
        for element, share in shares.items()
        if share > 0
    ]


def _metal() -> tuple[Shares, str]:
    oxide = 1 / (ndpr_metal_per_oxide() * number(ELECTROLYSIS) / 100)
    return {"NdPr oxide": -oxide, "NdPr metal": 1.0}, cite("conv003;conv004", ELECTROLYSIS)


def _magnet(name: str) -> tuple[Shares, str]:
    """Alloy, sinter, machine: what does not become a magnet is scrap, returned by grade."""
    grade = _grades()[name]
    kept = number(MAGNET_YIELD) * ALLOYING
    flows = {"NdPr metal": -float(grade["NdPr"]) / kept}
    for element in ("Dy", "Tb", "Sm"):
        flows[f"{element} oxide"] = -float(grade[element]) / (metal_per_oxide(element) * kept)
    flows = {material: t for material, t in flows.items() if t}
    flows[name] = 1.0
    if grade["scrap"]:
        # Scrap is sold by its standard composition: a richer grade counts only as far as its
        # scarcest element allows.
        standard, own = grade_shares(_scrap_grades()[grade["scrap"]]), grade_shares(grade)
        worth = min(own[element] / share for element, share in standard.items() if share)
        flows[grade["scrap"]] = (1 / number(MAGNET_YIELD) - 1) * min(1.0, worth)
    return flows, cite(grade["source"], MAGNET_YIELD, "assu_alloy_loss;assu_ndpr_split")


def _separation(material: str) -> tuple[Shares, str]:
    feed = next(row for row in texts("feeds") if row["material"] == material)
    oxides, ids = feed_oxides(feed)
    recovery = number(feed["recovery_id"]) / 100
    # NdPr is sold at a fixed ratio: the scarcer of the two limits it.
    ndpr = min(oxides[element] / share for element, share in NDPR_OXIDE.items())
    flows = {material: -1.0, "NdPr oxide": ndpr * recovery}
    flows |= {f"{element} oxide": oxides[element] * recovery for element in SINGLE_OXIDES}
    return flows, cite(feed["source"], feed["recovery_id"], *ids, "assu_ndpr_split")


def _recycling(scrap: str) -> tuple[Shares, str]:
    recovery = number(HYDROMET) / 100
    grade = _scrap_grades()[scrap]
    flows = {scrap: -1.0, "NdPr oxide": float(grade["NdPr"]) * recovery / ndpr_metal_per_oxide()}
    for element in ("Dy", "Tb"):
        flows[f"{element} oxide"] = float(grade[element]) * recovery / metal_per_oxide(element)
    return flows, cite(grade["source"], HYDROMET, "assu_ndpr_split")


def _short_loop() -> tuple[Shares, str]:
    return {"heavy scrap": -1 / (number(SHORT_LOOP) / 100), "magnet UH": 1.0}, SHORT_LOOP


def _recipe(kind: str) -> tuple[Shares, str]:
    """t per t of throughput and sources of one kind of recipe; KeyError for an unknown kind."""
    kinds: dict[str, Callable[[], tuple[Shares, str]]] = {
        "metal": _metal,
        "short loop": _short_loop,
    }
    for name in _grades():
        kinds[name] = lambda name=name: _magnet(name)
    for feed in texts("feeds"):
        kinds[feed["material"]] = lambda name=feed["material"]: _separation(name)
    for scrap in _scrap_grades():
        kinds[scrap] = lambda scrap=scrap: _recycling(scrap)
    return kinds[kind]()


def recipes() -> list[Row]:
    """Rows of sheet ``recipes``."""
    rows: list[Row] = []
    for process in texts("processes"):
        flows, source = _recipe(process["recipe"])
        rows += [
            {
                "process": process["process"],
                "material": material,
                "t_per_t": round(t, 6),
                "source": source,
            }
            for material, t in flows.items()
            if round(t, 6)
        ]
    return rows
