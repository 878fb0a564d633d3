"""Invoices: the list, and a new one that is mailed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lab.app import queries
from lab.app.mail import Letter
from lab.app.page import Parts, answer, body, mail, page
from lab.app.tokens import Identity


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice."""

    description: str
    quantity: int
    unit_cents: int


_USUAL = (Line("Team plan", 1, 4_900), Line("Seats", 12, 900), Line("Support", 2, 12_500))


@page
async def invoice_list(_: Request, mine: Parts, who: Identity) -> Response:
    """GET /invoices: the newest 50, each with the sum of its lines."""
    invoices = await mine.database.fetch(queries.INVOICES, (who.tenant,))
    ids = [invoice["id"] for invoice in invoices]
    sums = await mine.database.fetch(queries.INVOICE_TOTALS, (who.tenant, ids))
    nets = {row["invoice_id"]: row["net_cents"] for row in sums}
    return answer(who, invoices=[{**invoice, "net_cents": nets.get(invoice["id"], 0)} for invoice in invoices])


@page
async def create_invoice(request: Request, mine: Parts, who: Identity) -> Response:
    """POST /invoices {customer, lines?: [{description, quantity, unit_cents}]}: 201, and the invoice is mailed."""
    given = await body(request, customer=str)
    lines = _lines(given.get("lines"))
    net = sum(line.quantity * line.unit_cents for line in lines)
    total = net + await mine.services.tax_cents(net)
    number = f"INV-{uuid.uuid4().hex[:10]}"
    values = {
        "tenant": who.tenant,
        "user": who.user,
        "number": number,
        "customer": given["customer"],
        "total": total,
        "descriptions": [line.description for line in lines],
        "quantities": [line.quantity for line in lines],
        "prices": [line.unit_cents for line in lines],
    }
    created = (await mine.database.fetch(queries.CREATE_INVOICE, values))[0]
    mail(Letter(who.tenant, created["email"], f"Invoice {number}", "Thank you.", created["id"]))
    return answer(who, 201, invoice={"id": created["id"], "number": number, "total_cents": total})


def _lines(given: Any) -> tuple[Line, ...]:
    if given is None:
        return _USUAL
    try:
        return tuple(Line(str(one["description"]), int(one["quantity"]), int(one["unit_cents"])) for one in given)
    except (KeyError, TypeError, ValueError):
        raise HTTPException(422, "Each line needs a description, a quantity and unit_cents.") from None
