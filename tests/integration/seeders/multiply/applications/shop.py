"""django-oscar as a market place, whose tenants are partners: with their products, their buyers, baskets and orders."""

from __future__ import annotations

from typing import Any

import oscar
import oscar.defaults
from _django import act, configure
from django.urls import include, path

_PROCESSORS = ("oscar.apps.search.context_processors.search_form", "oscar.apps.checkout.context_processors.checkout",
               "oscar.apps.communication.notifications.context_processors.notifications",
               "oscar.core.context_processors.metadata")  # fmt: skip
configure(
    oscar.INSTALLED_APPS, middleware=("oscar.apps.basket.middleware.BasketMiddleware",), context=_PROCESSORS,
    HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
    AUTHENTICATION_BACKENDS=["oscar.apps.customer.auth_backends.EmailBackend",
                             "django.contrib.auth.backends.ModelBackend"],
    **{name: value for name, value in vars(oscar.defaults).items() if name.startswith("OSCAR_")},
)  # fmt: skip

from django.apps import apps  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402
from oscar.core.loading import get_model  # noqa: E402
from oscar.test.factories import create_order, create_product  # noqa: E402
from oscar.test.factories.basket import BasketFactory  # noqa: E402

Order, Partner, Product = (
    get_model(*name.split(".")) for name in ("order.Order", "partner.Partner", "catalogue.Product")
)

urlpatterns = [path("i18n/", include("django.conf.urls.i18n")), path("", include(apps.get_app_config("oscar").urls[0]))]


def fill() -> None:
    User.objects.create_superuser("staff", "staff@shop.example", "secret")
    for seller in ("Apple stall", "Bread stall"):
        products = [
            create_product(title=f"{seller} {n}", upc=f"{seller[:2]}-{n:04}", price=n + 1, num_in_stock=1000,
                           partner_name=seller, partner_sku=f"{seller[:2]}{n}")
            for n in range(20)
        ]  # fmt: skip
        for number in range(10):
            _buy(seller, number, products)


def _buy(seller: str, number: int, products: list[Any]) -> None:
    name = f"{seller.split()[0].lower()}{number}"
    buyer = User.objects.create_user(name, f"{name}@mail.example", "secret")
    for order in range(3):
        basket = BasketFactory(owner=buyer)
        for step in range(4):
            basket.add_product(products[(number + order + 3 * step) % len(products)], quantity=1 + step)
        create_order(number=f"{name}-{order}", basket=basket, user=buyer)
    buyer.wishlists.create(name="Some day").add(products[number])
    BasketFactory(owner=buyer).add_product(products[number])


def answer() -> dict[str, Any]:
    """The shop as a stranger and as staff sees it, a copied product put into a basket, one order more."""
    client, newest = Client(), Product.objects.latest("id")
    said = {page: client.get(page).status_code for page in ("/catalogue/", newest.get_absolute_url())}
    put = client.post(f"/basket/add/{newest.id}/", {"quantity": 1})
    said["/basket/"] = client.get("/basket/").status_code
    client.force_login(User.objects.get(username="staff"))
    last = Order.objects.latest("id")
    pages = ["/dashboard/", "/dashboard/orders/", f"/dashboard/orders/{last.number}/", "/dashboard/catalogue/",
             f"/dashboard/catalogue/products/{newest.id}/", "/dashboard/partners/"]  # fmt: skip
    said |= {page: client.get(page).status_code for page in pages}
    basket = BasketFactory(owner=last.user)
    basket.add_product(newest, quantity=2)
    made = create_order(number="one-more", basket=basket, user=last.user)
    same = made.lines.get().partner_id == newest.stockrecords.get().partner_id
    return {"pages": said, "sent": put.status_code, "made": [made.number, made.id - last.id], "seller": same,
            "partners": Partner.objects.count()}  # fmt: skip


act(fill, answer)
