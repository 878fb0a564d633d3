"""How a verdict came about, as text: each number, where it was recorded, and the rule that decided."""

from __future__ import annotations

from collections.abc import Iterator

from rampart.model import JSON
from reports.shape import whole


def why(verdict: JSON) -> str:
    """The first bottleneck with all its evidence, then each rival with the rule that kept it from being first."""
    return "\n".join(_lines(whole(verdict)))


def _lines(verdict: JSON) -> Iterator[str]:
    yield f"outcome: {verdict.get('outcome')}"
    for check in (verdict.get("validity") or {}).get("checks", []):
        yield f"  {'holds' if check['ok'] else 'FAILS'}: {check['name']}: {check['claim']}"
    first = verdict.get("first")
    for finding in verdict.get("ranked") or []:
        yield ""
        at = f"{finding['tenants']:,.0f} tenants" if finding.get("tenants") else "the data as it is"
        lead = "FIRST" if first and (finding["id"], finding["tenants"]) == (first["id"], first["tenants"]) else "rival"
        yield f"{lead}: {finding['id']} at {at}: {finding['resource']}"
        yield f"  status {finding['status']}, confidence {finding['confidence']}, share {finding['share']:.2f}"
        if finding.get("limit_users") is not None:
            yield f"  its limit: {finding['limit_users']:.0f} users"
        for item in finding.get("evidence") or []:
            yield f"  {'holds' if item.get('holds', True) else 'FAILS'}: {item['claim']}"
            yield f"         rule: {item['expected']}    recorded in: {item['source']}"
        if finding.get("why_not_first"):
            yield f"  not first: {finding['why_not_first']}"
