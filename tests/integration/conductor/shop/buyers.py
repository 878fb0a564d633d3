"""Buyers of the shop: any Locust user's own file, which knows nothing of Rampart."""

import random

from locust import FastHttpUser, between, task


class Buyer(FastHttpUser):
    wait_time = between(0.5, 1.5)

    @task
    def orders(self):  # type: ignore[no-untyped-def]
        self.client.get(f"/orders?customer=customer-{random.randrange(5000)}", name="/orders")

    @task
    def product(self):  # type: ignore[no-untyped-def]
        self.client.get(f"/products/{random.randrange(1, 1000)}", name="/products/{id}")
