"""Shoppers of the product: an ordinary locustfile."""

import random

from locust import FastHttpUser, between, task


class Shopper(FastHttpUser):
    wait_time = between(0.4, 0.8)

    @task
    def orders(self) -> None:
        self.client.get(f"/orders?customer={random.randrange(500)}", name="/orders")

    @task
    def article(self) -> None:
        self.client.get(f"/articles/{random.randrange(100)}", name="/articles/{id}")
