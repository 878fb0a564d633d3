"""django-ledger, whose tenants are entities: accounts, customers, bills, invoices, journals. Keys are uuids."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from _django import CONTRIB, act, configure
from django.urls import include, path

configure(
    [*(f"django.contrib.{name}" for name in CONTRIB), "django_ledger"],
    context=("django_ledger.context.django_ledger_context",), LOGIN_URL="/auth/login/",
)  # fmt: skip

from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402
from django_ledger.models import CustomerModel, EntityModel, InvoiceModel, TransactionModel  # noqa: E402

urlpatterns = [path("", include("django_ledger.urls", namespace="django_ledger"))]
_START = datetime(2026, 3, 1, tzinfo=UTC)


def fill() -> None:
    random.seed(1)
    admin = User.objects.create_superuser("admin", "admin@books.example", "secret")
    for name in ("Bakery", "Brewery"):
        entity = EntityModel.create_entity(name=name, use_accrual_method=True, admin=admin, fy_start_month=1)
        entity.populate_random_data(start_date=_START, days_forward=60, tx_quantity=12)


def answer() -> dict[str, Any]:
    """A copied entity's lists, its books, a customer made by its form, and an account in its tree of accounts."""
    client = Client()
    client.force_login(User.objects.get(username="admin"))
    there = set(EntityModel.objects.order_by("created", "slug").values_list("slug", flat=True)[:2])
    entity = EntityModel.objects.exclude(slug__in=there).order_by("slug")[0]
    invoice = InvoiceModel.objects.filter(ledger__entity=entity)[0]
    slug, sheet = entity.slug, "/financial-statement/entity/{}/balance-sheet/year/2026/"
    pages = ["/entity/list/", f"/customer/{slug}/list/", f"/invoice/{slug}/detail/{invoice.uuid}/",
             f"/ledger/{slug}/list/all/", sheet.format(slug)]  # fmt: skip
    said = {page: client.get(page).status_code for page in pages}
    mine = CustomerModel.objects.filter(entity_model=entity)
    before = mine.count()
    form = {"customer_name": "One more", "customer_code": "ONE", "address_1": "Mill 1", "sales_tax_rate": "0.1"}
    sent = client.post(f"/customer/{slug}/create/", form)
    made = mine.get(customer_name="One more")
    till = entity.create_account(code="1999", role="asset_ca_cash", name="Till", balance_type="debit")
    above = till.get_parent()
    books = TransactionModel.objects.filter(journal_entry__ledger__entity=entity)
    balance = sum(one.amount if one.tx_type == "debit" else -one.amount for one in books)
    return {"pages": said, "sent": sent.status_code, "number": made.customer_number, "balance": str(balance),
            "account": [till.get_depth() - above.get_depth(), above.coa_model_id == entity.default_coa_id],
            "customers": [before, mine.count()], "entities": EntityModel.objects.count()}  # fmt: skip


act(fill, answer)
