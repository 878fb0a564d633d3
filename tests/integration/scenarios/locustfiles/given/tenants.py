"""Users who say whose requests they send: by any text, number or object; one class for each."""

import uuid

from locust import FastHttpUser, HttpUser, constant


class Unprintable:
    def __str__(self):
        raise ValueError("not to be printed")


TENANTS = {
    "uuid": uuid.UUID("7d9c2b5e-3f57-4b39-9d7e-0a2f7f8c1b11"),
    "uuid-text": "7d9c2b5e-3f57-4b39-9d7e-0a2f7f8c1b12",
    "snowflake": 7251399114874880000,
    "beyond-64-bits": 2**80,
    "negative": -1,
    "slug": "acme-corp",
    "empty": "",
    "unicode": "Łódź-東京-🚀",
    "surrogate": "half \ud83d",
    "float": 17.5,
    "nan": float("nan"),
    "none": None,
    "bytes": b"raw",
    "list": [1, 2],
    "unprintable": Unprintable(),
    "long": "x" * 5000,
}


def user(name, tenant, base):
    def ask(self):
        self.client.get(f"/{name}")

    attributes = {
        "fixed_count": 1, "wait_time": constant(0.2), "tasks": [ask], "context": lambda self: {"tenant": tenant},
    }  # fmt: skip
    return type(f"Of_{name}", (base,), attributes)


globals().update({
    f"user{number}": user(name, tenant, (HttpUser, FastHttpUser)[number % 2])
    for number, (name, tenant) in enumerate(TENANTS.items())
})  # fmt: skip
