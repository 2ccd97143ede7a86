"""`make bench`: purchases beside the bare engine, a quiet year, documents, pages, …, on PostgreSQL and on SQLite.

Product and bare engine are interleaved, repetition by repetition, on the same engine and machine; figures are medians.
A repetition ends when every mail that its purchases owe was delivered.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bench.documents import measured_documents
from bench.invoicing import invoicing_figures
from bench.lists import measured_lists
from bench.pages import measured_pages
from bench.quiet_year import measured_years
from bench.rounds import Round, opened
from support_postgres import shared_postgres

RESULTS = Path("var/bench.json")
AIMS = {
    "purchase_vs_engine_c8": ">= 1.1",
    "purchase_p95_vs_engine_c8": "<= 1.5",
    "csv_memory_300k_vs_30k": "<= 1.2",
    "pdf_1000_vs_10_lines": "<= 20",
    "quiet_year_ms": "< 1000",
    "page_vs_api_worst": "<= 1.5",
}
PARTS = ("purchases", "documents", "lists", "pages", "invoicing")
ON_POSTGRES = frozenset({"lists", "invoicing"})  # a million transactions and ten thousand accounts are no sandbox's
WARM_UP = 40

Results = dict[str, dict[str, object]]


def main() -> None:
    """Measure, print, and write the results; what was not measured this time stays as it was written before."""
    arguments = _arguments()
    results: Results = {}
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as name:
        folder = Path(name)
        server = shared_postgres(folder)
        for suffix in ("", "_sqlite"):
            print("on SQLite" if suffix else "on PostgreSQL")
            for part in arguments.only:
                if suffix and part in ON_POSTGRES:
                    continue
                address = f"sqlite:///{folder}/{part}.db" if suffix else server.create_database(f"bench_{part}")
                results |= _measured(part, folder / f"{part}{suffix}", address, suffix, arguments)
    before = json.loads(RESULTS.read_text())["results"] if RESULTS.exists() else {}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"results": before | results}, indent=2) + "\n")
    print(f"written to {RESULTS}; aims: {AIMS}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure these parts")
    parser.add_argument("--purchases", type=int, default=400, help="purchases in a repetition")
    parser.add_argument("--repetitions", type=int, default=5)
    return parser.parse_args()


def _measured(part: str, data: Path, address: str, suffix: str, arguments: argparse.Namespace) -> Results:
    match part:
        case "purchases":
            return _purchases(data, address, suffix, arguments)
        case "documents":
            return measured_documents(data, address, suffix)
        case "lists":
            return measured_lists(data, address)
        case "pages":
            return measured_pages(data, address, suffix)
        case _:
            return invoicing_figures(data, address, suffix)


def _purchases(data: Path, address: str, suffix: str, arguments: argparse.Namespace) -> Results:
    results: Results = {}
    with opened(data, address) as bench:
        bench.pair(WARM_UP, concurrency=8)
        for concurrency in (8, 1):
            count = arguments.purchases if concurrency > 1 else arguments.purchases // 4
            pairs = [bench.pair(count, concurrency) for _ in range(arguments.repetitions)]
            results |= _figures(pairs, suffix, concurrency)
        years = measured_years(bench.running, suffix, repetitions=arguments.repetitions)
        print(f"  engine: its own SQLite file, {bench.engine_name}")
    for name, figure in results.items():
        print(f"  {name:40} {figure['value']:>10}   bare engine {figure['baseline']:>10}   n={figure['n']}")
    return results | years


def _figures(pairs: Sequence[tuple[Round, Round]], suffix: str, concurrency: int) -> Results:
    """Ratios are taken pair by pair, so that a machine whose speed drifts does not shift them."""
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    count = sum(round_.count for round_ in ours)
    end = f"_c{concurrency}{suffix}"

    def figure(value: float, baseline: float) -> dict[str, object]:
        return {"value": round(value, 3), "baseline": round(baseline, 3), "n": count}

    def medians(name: str) -> tuple[float, float]:
        return (
            statistics.median(getattr(round_, name) for round_ in ours),
            statistics.median(getattr(round_, name) for round_ in theirs),
        )

    return {
        f"purchase_vs_engine{end}": figure(statistics.median(a.rate / b.rate for a, b in pairs), 1.0),
        f"purchase_p95_vs_engine{end}": figure(statistics.median(a.p95_ms / b.p95_ms for a, b in pairs), 1.0),
        f"purchases_per_second{end}": figure(*medians("rate")),
        f"purchase_p50_ms{end}": figure(*medians("p50_ms")),
        f"purchase_p95_ms{end}": figure(*medians("p95_ms")),
        f"purchase_cpu_ms{end}": figure(*medians("cpu_ms")),
    }


main()
