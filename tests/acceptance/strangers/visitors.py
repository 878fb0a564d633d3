"""Visitors of the shop: they look at products."""

from __future__ import annotations

import os
import random
from pathlib import Path

from locust import FastHttpUser, between, task

_PRODUCTS = Path(os.environ["STRANGER_PATHS"]).read_text().split()


class Visitor(FastHttpUser):
    wait_time = between(1, 3)

    @task(4)
    def product(self) -> None:
        self.client.get(random.choice(_PRODUCTS), name="/catalogue/{product}/")

    @task
    def catalogue(self) -> None:
        self.client.get("/catalogue/", name="/catalogue/")
