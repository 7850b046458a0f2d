"""Who sells, ships, makes and buys in a benchmark case: the sheets of the business, drawn by seed.

Prices, duties, lead times and capex lie in the ranges of ``inputs/data/reference`` (prices.csv,
logistics_tariffs.csv, processing_plants.csv, conversion.csv); who holds how much is drawn. A
market of last resort sells everything at a high price where a case has limits on shortage, so that
no drawn limit is impossible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from inputs.tables import Row


@dataclass(frozen=True)
class Size:
    """How large a business is, and how many licence worlds unless asked otherwise."""

    suppliers: int
    materials: int
    markets: int
    plants: int
    periods: int
    worlds: int
    paths: bool = False  # prices and capacities of every offer move in time


SIZES = {
    "T": Size(suppliers=8, materials=4, markets=2, plants=1, periods=5, worlds=4),
    "S": Size(suppliers=20, materials=6, markets=4, plants=2, periods=8, worlds=20),
    "M": Size(suppliers=50, materials=10, markets=5, plants=3, periods=12, worlds=100),
    "L": Size(suppliers=80, materials=12, markets=8, plants=4, periods=12, worlds=250),
    # Many rows, few worlds: what reading and checking are measured on.
    "W": Size(520, materials=12, markets=8, plants=4, periods=16, worlds=6, paths=True),
}


@dataclass(frozen=True)
class Good:
    """A material: price [USD/kg], a market's need [t/year], shares of elements."""

    name: str
    stage: str
    price: float
    need: float
    shares: dict[str, float]


GOODS = (
    Good("NdPr oxide", "oxide", 85, 300, {"Nd": 0.664, "Pr": 0.19}),
    Good("Dy oxide", "oxide", 239, 30, {"Dy": 0.871}),
    Good("Tb oxide", "oxide", 1010, 8, {"Tb": 0.85}),
    Good("NdPr metal", "metal", 103, 150, {"Nd": 0.78, "Pr": 0.22}),
    Good("magnet UH", "magnet", 76, 400, {"Nd": 0.23, "Pr": 0.06, "Dy": 0.035, "Tb": 0.005}),
    Good("Y oxide", "oxide", 6.5, 80, {"Y": 0.787}),
    Good("magnet N", "magnet", 70, 300, {"Nd": 0.24, "Pr": 0.06}),
    Good("Sm oxide", "oxide", 2.2, 25, {"Sm": 0.862}),
    Good("Dy metal", "metal", 300, 10, {"Dy": 1.0}),
    Good("La oxide", "oxide", 1, 400, {"La": 0.853}),
    Good("Gd oxide", "oxide", 23, 20, {"Gd": 0.868}),
    Good("Ce oxide", "oxide", 1, 400, {"Ce": 0.814}),
)
#: What a tonne of product takes: stoichiometry, and 0.71 of a blank that ends as a magnet.
RECIPES = {
    "NdPr metal": {"NdPr oxide": 1.2},
    "magnet UH": {"NdPr metal": 0.42, "Dy oxide": 0.057, "Tb oxide": 0.0083},
    "magnet N": {"NdPr metal": 0.44},
    "Dy metal": {"Dy oxide": 1.18},
}
#: Conversion cost [USD/kg], capex [kUSD per t/year].
_MAKING = {
    "NdPr metal": (11.0, 40.0),
    "magnet UH": (30.0, 90.0),
    "magnet N": (27.0, 70.0),
    "Dy metal": (25.0, 60.0),
}

#: Country of a seller -> (share of sellers, price over the Chinese one).
_SELLERS = {
    "China": (0.42, 1.0),
    "Australia": (0.10, 1.15),
    "United States": (0.10, 1.3),
    "Malaysia": (0.08, 1.15),
    "Vietnam": (0.08, 1.1),
    "Japan": (0.07, 1.35),
    "Estonia": (0.05, 1.4),
    "Brazil": (0.05, 1.2),
    "India": (0.05, 1.2),
}
#: Markets in order of size: name, country, region, end use.
_MARKETS = (
    ("EU motors", "Germany", "EU", "automotive"),
    ("US motors", "United States", "US", "automotive"),
    ("Japan motors", "Japan", "Japan", "automotive"),
    ("India motors", "India", "India", "automotive"),
    ("EU electronics", "Germany", "EU", "electronics"),
    ("Japan electronics", "Japan", "Japan", "electronics"),
    ("US wind", "United States", "US", "wind"),
    ("EU wind", "Germany", "EU", "wind"),
)
_WORKS = ("Germany", "Japan", "United States", "India")
_FIRST_DAY = date(2027, 1, 1)


def period_rows(size: Size, epochs: int) -> list[Row]:
    """Four quarters, four half-years, then years; the first epoch is half a year long."""
    lengths = ([0.25] * 4 + [0.5] * 4 + [1.0] * size.periods)[: size.periods]
    later = np.array_split(np.arange(2, size.periods), epochs - 1)
    epoch_of = {0: 1, 1: 1} | {
        int(t): number for number, part in enumerate(later, start=2) for t in part
    }
    begun = np.concatenate(([0.0], np.cumsum(lengths)))
    return [
        {
            "period": f"p{t + 1:02d}",
            "start": _FIRST_DAY + timedelta(days=round(365.25 * float(begun[t]))),
            "years": length,
            "epoch": epoch_of[t],
        }
        for t, length in enumerate(lengths)
    ]


class Trade:
    """The sheets of one business. Draws happen in the order of the attributes below."""

    def __init__(
        self, size: Size, lottery: np.random.Generator, periods: Sequence[Row], *, last_resort: bool
    ) -> None:
        self._lottery, self._periods = lottery, [str(row["period"]) for row in periods]
        self.goods = GOODS[: size.materials]
        self.sites: list[Row] = []
        self.lanes: list[Row] = []
        self.stocks: list[Row] = []
        self.demand: list[Row] = []
        self.need: dict[tuple[str, str], float] = {}  # (site, material) -> t/year at the start
        self.offers: list[Row] = []
        self.offer_paths: list[Row] = []
        self.processes: list[Row] = []
        self.recipes: list[Row] = []
        self.projects: list[Row] = []
        self._markets(size.markets)
        self._plants(size.plants)
        self._sellers(size.suppliers)
        if size.paths:
            self._paths()
        if last_resort:
            self._last_resort()

    def _between(self, low: float, high: float) -> float:
        return round(float(self._lottery.uniform(low, high)), 4)

    def _site(self, name: str, kind: str, country: str, **columns: str) -> None:
        self.sites.append({"site": name, "kind": kind, "country": country, **columns})

    @property
    def country(self) -> dict[str, str]:
        """Site -> country."""
        return {str(row["site"]): str(row["country"]) for row in self.sites}

    def _markets(self, count: int) -> None:
        for name, country, region, end_use in _MARKETS[:count]:
            self._site(name, "market", country, region=region, end_use=end_use)
            scale = self._between(0.6, 1.4)
            for good in self.goods:
                # Every market buys what the smallest size trades; the rest, three of four markets.
                if good in GOODS[:6] or self._lottery.random() < 0.75:
                    self._wish(name, good, good.need * scale * self._between(0.7, 1.3))

    def _wish(self, market: str, good: Good, need: float) -> None:
        growth = self._between(1.01, 1.06)
        self.need[market, good.name] = need
        shortage = round(good.price * self._between(2.2, 3.2) + 8, 2)
        for t, period in enumerate(self._periods):
            amount = need * growth**t * self._between(0.92, 1.08)
            self.demand.append(
                {
                    "site": market,
                    "material": good.name,
                    "period": period,
                    "demand_t_per_year": round(amount, 3),
                    "shortage_usd_per_kg": shortage,
                }
            )
        self._stock(market, good, need)

    def _stock(self, site: str, good: Good, yearly: float) -> None:
        """A plant that makes what it also uses has one stock of it."""
        if any(row["site"] == site and row["material"] == good.name for row in self.stocks):
            return
        self.stocks.append(
            {
                "site": site,
                "material": good.name,
                "opening_t": round(yearly * self._between(0.02, 0.1), 3),
                "max_t": round(yearly * self._between(0.2, 0.5), 3),
                "holding_usd_per_kg_year": round(0.08 * good.price + 0.1, 3),
            }
        )

    def _plants(self, count: int) -> None:
        by_name = {good.name: good for good in self.goods}
        for country in _WORKS[:count]:
            site = f"{country} works"
            self._site(site, "plant", country, company="own works")
            for product, inputs in RECIPES.items():
                if product in by_name:
                    self._process(
                        site, by_name[product], [(by_name[i], x) for i, x in inputs.items()]
                    )
            for good in self.goods:
                if good.name in RECIPES:
                    self._outgoing(site, good)

    def _process(self, site: str, product: Good, inputs: list[tuple[Good, float]]) -> None:
        process = f"{site} {product.name}"
        cost, capex = _MAKING[product.name]
        capacity = round(product.need * self._between(0.3, 0.8), 1)
        self.processes.append(
            {
                "process": process,
                "site": site,
                "capacity_t_per_year": capacity,
                "cost_usd_per_kg": round(cost * self._between(0.9, 1.2), 3),
            }
        )
        self.recipes.append({"process": process, "material": product.name, "t_per_t": 1.0})
        for good, taken in inputs:
            self.recipes.append({"process": process, "material": good.name, "t_per_t": -taken})
            self.need[site, good.name] = self.need.get((site, good.name), 0.0) + taken * capacity
            self._stock(site, good, taken * capacity)
        self._stock(site, product, capacity)
        size = round(capacity * self._between(0.25, 0.5), 1)
        self.projects.append(
            {
                "project": f"{process} line",
                "adds_to": process,
                "size_t_per_year": size,
                "max_modules": int(self._lottery.integers(1, 4)),
                "capex_kusd": round(size * capex * self._between(0.7, 1.3), 1),
                "grant_share": float(self._lottery.choice([0.0, 0.1, 0.35])),
                "fixed_kusd_per_year": round(size * 0.03 * capex, 1),
                "lead_months": int(self._lottery.integers(6, 16)),
                "ramp": "60;100",
                "earliest_period": self._periods[1],
                "latest_period": self._periods[len(self._periods) // 2],
            }
        )

    def _outgoing(self, site: str, good: Good) -> None:
        """Every market gets every product of a plant."""
        for market, material in list(self.need):
            if material == good.name and not market.endswith("works"):
                self._lane(site, market, good)

    def _sellers(self, count: int) -> None:
        names, weights = list(_SELLERS), np.array([share for share, _ in _SELLERS.values()])
        drawn = self._lottery.choice(names, count, p=weights / weights.sum())
        drawn[:3] = ["China", "Australia", "Vietnam"]  # no case without them
        pairs = self._assortments([str(country) for country in drawn])
        # Shares of the trade in each material, and 1.3 to 1.7 times what is needed in sum.
        for good in self.goods:
            sellers = [site for site, material in pairs if material == good.name]
            cover = self._between(1.3, 1.7)
            total = cover * sum(n for (_, m), n in self.need.items() if m == good.name)
            shares = self._lottery.dirichlet(np.full(len(sellers), 3.0))
            for site, share in zip(sellers, shares, strict=True):
                self._offer(site, good, round(float(total * share), 2))

    def _assortments(self, countries: Sequence[str]) -> list[tuple[str, str]]:
        """(seller, material): one or two materials each, none with fewer than two sellers."""
        pairs: list[tuple[str, str]] = []
        for number, country in enumerate(countries):
            site = f"{country} {number + 1}"
            self._site(site, "supplier", country, company=f"company {number // 2 + 1}")
            first = number % len(self.goods)
            pairs.append((site, self.goods[first].name))
            if self._lottery.random() < 0.5:
                second = (first + int(self._lottery.integers(1, len(self.goods)))) % len(self.goods)
                pairs.append((site, self.goods[second].name))
        return pairs

    def _offer(self, site: str, good: Good, capacity: float) -> None:
        country = self.country[site]
        heavy = bool({"Dy", "Tb", "Y"} & good.shares.keys()) and country != "China"
        price = good.price * _SELLERS[country][1] * self._between(0.92, 1.12)
        price *= self._between(1.0, 1.5) if heavy else 1.0
        offer: Row = {
            "offer": f"{site} {good.name}",
            "site": site,
            "material": good.name,
            "price_usd_per_kg": round(price, 3),
            "capacity_t_per_year": capacity,
        }
        if self._lottery.random() < 0.25:
            offer |= {
                "kind": "contract",
                "price_usd_per_kg": round(0.94 * price, 3),
                "min_take_share": self._between(0.4, 0.8),
            }
        if self._lottery.random() < 0.4:
            offer |= {
                "qualification_kusd": round(self._between(100, 900), 1),
                "qualification_months": int(self._lottery.choice([3, 6, 9, 12])),
            }
        self.offers.append(offer)
        for place, material in self.need:
            if material == good.name and self._lottery.random() < 0.65:
                self._lane(site, place, good)

    def _paths(self) -> None:
        """Prices drift by up to a tenth a period, capacities grow a little."""
        for offer in self.offers:
            price = float(str(offer["price_usd_per_kg"]))
            capacity = float(str(offer["capacity_t_per_year"]))
            for period in self._periods:
                price *= self._between(0.93, 1.08)
                capacity *= self._between(1.0, 1.03)
                moved = {
                    "price_usd_per_kg": round(price, 3),
                    "capacity_t_per_year": round(capacity, 2),
                }
                self.offer_paths.append({"offer": offer["offer"], "period": period, **moved})

    def _lane(self, start: str, end: str, good: Good) -> None:
        home, away = self.country[start], self.country[end]
        abroad = home != away
        magnets = good.stage == "magnet"
        duty = 0.022 if magnets else 0.032
        if (home, away) == ("China", "United States") and magnets:
            duty = 0.271
        self.lanes.append(
            {
                "from_site": start,
                "to_site": end,
                "material": good.name,
                "freight_usd_per_kg": self._between(0.1, 0.4) if abroad else 0.05,
                "duty_share": duty if abroad else 0.0,
                "lead_months": float(self._lottery.choice([1.15, 1.65])) if abroad else 0.0,
            }
        )

    def _last_resort(self) -> None:
        """A dealer beside each market: dearer than going short, never short himself."""
        wanted = [pair for pair in self.need if not pair[0].endswith("works")]
        by_name = {good.name: good for good in self.goods}
        shortage = {
            (row["site"], row["material"]): float(str(row["shortage_usd_per_kg"]))
            for row in self.demand
        }
        for market in dict.fromkeys(site for site, _ in wanted):
            dealer = f"{market} dealer"
            self._site(dealer, "supplier", self.country[market], company=dealer)
        for market, material in wanted:
            dealer = f"{market} dealer"
            self.offers.append(
                {
                    "offer": f"{dealer} {material}",
                    "site": dealer,
                    "material": material,
                    "price_usd_per_kg": round(1.2 * shortage[market, material], 2),
                }
            )
            self._lane(dealer, market, by_name[material])

    def material_rows(self) -> list[Row]:
        """The sheet ``materials``."""
        return [
            {"material": good.name, "stage": good.stage, "value_usd_per_kg": good.price}
            for good in self.goods
        ]

    def composition_rows(self) -> list[Row]:
        """The sheet ``composition``."""
        return [
            {"material": good.name, "element": element, "share": share}
            for good in self.goods
            for element, share in good.shares.items()
        ]
