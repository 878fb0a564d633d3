"""Clients of other protocols, whose events carry whatever they like; every event is fired once."""

from datetime import timedelta

from locust import User, constant, events, task


class Call:
    """As gRPC's: attributes are methods, or refuse to be read."""

    def headers(self):
        return ()

    @property
    def status_code(self):
        raise RuntimeError("the call is not over")


class Message:
    """As an MQTT message: its `headers` are a list of pairs."""

    headers = (("Server-Timing", b"db;dur=3"),)
    status_code = "granted"


class Textless(Exception):
    def __str__(self):
        raise TypeError("__str__ returned non-string")


class HalfHeaders:
    """Headers that have `get`, which wants something else."""

    class headers:
        @staticmethod
        def get(key, default):
            return default


ODDITIES = {
    "call": {"response": Call()},
    "message": {"response": Message()},
    "half": {"response": type("Answer", (), {"headers": HalfHeaders.headers, "status_code": 200})()},
    "bytes": {"response": b"pong"},
    "word": {"response": "pong"},
    "dictionary": {"response": {"headers": 1}},
    "none": {"response": None},
    "absent": {},
    "negative": {"response_time": -5},
    "no time": {"response_time": None},
    "no number": {"response_time": float("nan")},
    "endless": {"response_time": float("inf")},
    "word as time": {"response_time": "12.5"},
    "timedelta": {"response_time": timedelta(milliseconds=12)},
    "word as length": {"response_length": "many"},
    "negative length": {"response_length": -1},
    "huge length": {"response_length": 2**40},
    "no length": {"response_length": None},
    "textless": {"exception": Textless()},
    "empty exception": {"exception": Exception()},
    "exception as word": {"exception": "went wrong"},
    "cancelled": {"exception": KeyboardInterrupt()},
    "context": {"context": 17},
    "half \udc80 a sign": {},
    17: {},
    None: {},
}


class Device(User):
    wait_time = constant(0.2)

    def on_start(self):
        for name, about in ODDITIES.items():
            usual = {"response_time": 1.0, "response_length": 1, "exception": None, "context": {}}
            events.request.fire(request_type="MQTT", name=name, **{**usual, **about})
        events.request.fire(request_type=b"raw", name="bytes as type", response_time=1, response_length=0)
        with events.request.measure("gRPC", "measured"):
            raise ValueError("refused")

    @task
    def ping(self):
        events.request.fire(request_type="MQTT", name="ping", response_time=1.0, response_length=0, exception=None)
