"""A locustfile that holds a secret wherever a locustfile can; SECRETS_PLANTED is where it says which it has placed."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from locust import HttpUser, SequentialTaskSet, TaskSet, constant, events, task

SECRETS = json.loads(os.environ["SECRETS"])
PLANTED = Path(os.environ["SECRETS_PLANTED"])


def secret(place):
    with PLANTED.open("a") as file:
        file.write(place + "\n")
    return SECRETS[place]


@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--login-password")
    parser.add_argument("--api-token")


logging.error("signing in with password=%s", secret("line of the log"))
logging.error("-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----", secret("private key in the log"))
print("Authorization: Bearer", secret("printed line"))  # noqa: T201
assert os.environ["SHOP_LOGIN_TOKEN"] == secret("printed value of the environment")
print("found", os.environ["SHOP_LOGIN_TOKEN"], "in the environment")  # noqa: T201


class Everything(SequentialTaskSet):
    """Each task in its turn, so that the shortest load has come by all of them."""

    @task
    def look(self):
        self.client.cookies.set("session", secret("cookie"))
        self.client.get(f"/reset/{secret('path of a request')}{'a1' * 8}")
        self.client.get(f"/search?q=1&token={secret('query of a request')}")
        self.client.get(f"/back#access_token={secret('fragment of a request')}")
        self.client.get(f"/shop;jsessionid={secret('parameter in a path')}/cart")
        user = secret("user of a request's URL")
        self.client.get(self.user.host.replace("://", f"://{user}:{user}@") + "/page")

    @task
    def name(self):
        self.client.get("/x", name=f"sign in, password={secret('name of a request')}")
        fire = self.user.environment.events.request.fire
        about = {"response_time": 1, "response_length": 1, "exception": None, "context": {}}
        statement = f"ALTER USER a PASSWORD '{secret('name of a custom event')}'"
        fire(request_type="SQL", name=statement, **about)
        socket = f"wss://u:{secret('name of a WebSocket' + chr(39) + 's event')}@127.0.0.1/feed"
        fire(request_type="WS", name=socket, **about)

    @task
    def fail(self):
        self.client.get(f"/missing?token={secret('exception of a failed request')}", name="/missing")
        with self.client.get("/x", name="/checked", catch_response=True) as answer:
            answer.failure(f'the answer was {{"access_token": "{secret("text of response.failure")}"}}')

    @task
    def throw(self):
        raise ValueError(f"cannot sign in with Authorization: Basic {secret('exception in a task')}")

    @task
    def throw_at_length(self):
        text = "x" * 277 + f' password="{secret("long exception in a task")} and more'
        raise ValueError(text)

    @task
    class Inner(TaskSet):
        def on_start(self):
            raise KeyError(f"secret={secret('exception in on_start')}")

        @task
        def never(self):
            self.client.get("/never")


class Steady(HttpUser):
    wait_time = constant(0.05)
    tasks = (Everything,)

    def on_start(self):
        options = self.environment.parsed_options
        assert options.login_password == secret("option in two words")
        assert options.api_token == secret("option in one word")
