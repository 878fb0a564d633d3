"""Defines options, takes them from wherever Locust takes them, and has a load shape of its own."""

import json
import os
from pathlib import Path

from locust import HttpUser, LoadTestShape, constant, events, task


@events.init_command_line_parser.add_listener
def add_options(parser):
    for name in ("on-the-line", "from-environment", "from-conf", "from-home", "from-pyproject", "left-alone"):
        variable = f"LOCUST_{name.upper().replace('-', '_')}"
        parser.add_argument(f"--{name}", default="default", env_var=variable, include_in_web_ui=True)


@events.test_start.add_listener
def tell(environment, **_):
    options = {name: str(value) for name, value in vars(environment.parsed_options).items()}
    Path(os.environ["TOLD"]).write_text(json.dumps(options))


class Spikes(LoadTestShape):
    def tick(self):
        return 1000, 1000


class Member(HttpUser):
    wait_time = constant(0.1)
    name_of_page = "/before"

    @task
    def look(self):
        self.client.get(self.name_of_page)


class Other(HttpUser):
    wait_time = constant(0.1)

    @task
    def look(self):
        self.client.get("/other")
