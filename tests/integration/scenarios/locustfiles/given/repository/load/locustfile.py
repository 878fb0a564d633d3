"""Reads and imports what is around it, as locustfiles in real repositories do, and writes down what it found."""

import csv
import json
import os
import pickle
import sys
from pathlib import Path

from analysis.whose import WHOSE as ANALYSIS
from common.agents import AGENTS
from lab.whose import WHOSE as LAB
from neighbour import EMAIL
from settings import NAME
from tests.whose import WHOSE as TESTS

from locust import HttpUser, constant, events, run_single_user, task

HERE = Path(__file__).parent
PRODUCTS = list(csv.DictReader(open("data/products.csv")))  # relative to where Locust was started
USERS = list(csv.DictReader((HERE / "data" / "users.csv").open()))  # beside the file


class Basket:
    """Kept by pickle, which finds a class by the name of its module."""

    sku = PRODUCTS[0]["sku"]


class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def home(self):
        self.client.get("/home", headers={"User-Agent": AGENTS[0]})


@events.init.add_listener
def tell(environment, **_):
    found = {
        "name": __name__,
        "module": sys.modules[__name__].__file__,
        "pickled": type(pickle.loads(pickle.dumps(Basket()))).__module__,
        "cwd": str(Path.cwd()),
        "first on the path": sys.path[:1],
        "ours": [ANALYSIS, LAB, TESTS, NAME, EMAIL],
        "products": PRODUCTS,
        "users": USERS,
        "locustfile": environment.locustfile,
        "parsed": environment.parsed_locustfiles,
        "host": environment.host,
        "of Rampart": sorted(name for name in ("rampart", "conductor", "scenarios", "probes") if importable(name)),
        "argv": sys.argv[0].rpartition("/")[2],
    }
    Path(os.environ["TOLD"]).write_text(json.dumps(found))


def importable(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    run_single_user(Visitor)
