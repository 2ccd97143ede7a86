"""What a file of commands may hold: its kinds of rows in words, and a file with an example of each."""

from __future__ import annotations

from collections.abc import Mapping

KINDS: tuple[tuple[str, str, str], ...] = (
    (
        "purchase",
        "Buys a subscription",
        (
            "customer_id, offering, term_months, clm_tier, inventory, renewal_mode, start_date, eca_acceptor_email,"
            " reference_id, expected_total"
        ),
    ),
    ("add_inventory", "Adds certificates", "subscription_id, add, reference_id, expected_total"),
    ("renewal_inventory", "Sets what the next term begins with", "subscription_id, lines, reference_id"),
    ("renewal_mode", "Auto-Renewal or One-Time Renewal", "subscription_id, renewal_mode"),
    ("suspend", "Suspends", "subscription_id, reason"),
    ("enable", "Enables again", "subscription_id, reason, expected_total"),
    ("cancel", "Withdraws a purchase that has not begun", "subscription_id, reason"),
)
_CSV = """\
kind,subscription_id,customer_id,offering,term_months,clm_tier,inventory,add,lines,renewal_mode,reason,reference_id
purchase,,cus_…,dv-automation,12,professional,tls-dv-single=5;tls-dv-wildcard=1,,,auto,,PO-1
add_inventory,sub_…,,,,,,tls-dv-single=2,,,,PO-2
renewal_inventory,sub_…,,,,,,,tls-dv-single=7,,,
renewal_inventory,sub_…,,,,,,,follows,,,
renewal_mode,sub_…,,,,,,,,one_time,,
suspend,sub_…,,,,,,,,,unpaid,
enable,sub_…,,,,,,,,,,
"""
_JSON_LINES = """\
{"kind": "purchase", "customer_id": "cus_…", "offering": "dv-automation", "term_months": 12, \
"clm_tier": "professional", "inventory": [{"product": "tls-dv-single", "quantity": 5}], "renewal_mode": "auto"}
{"kind": "add_inventory", "subscription_id": "sub_…", "add": [{"product": "tls-dv-single", "quantity": 2}]}
{"kind": "renewal_inventory", "subscription_id": "sub_…", "lines": null}
{"kind": "renewal_mode", "subscription_id": "sub_…", "renewal_mode": "one_time"}
{"kind": "suspend", "subscription_id": "sub_…", "reason": "unpaid"}
"""
SAMPLES: Mapping[str, str] = {"sample.csv": _CSV, "sample.jsonl": _JSON_LINES}
