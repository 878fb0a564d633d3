"""A locustfile in which a C library, or a process that the scenario may start, connects to the stranger by itself.

WAY is how; WAIT_S is how long the scenario behaves before. Each keeps on until it is stopped, as a load would.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import socket
import struct
import subprocess
import sys

import gevent
import psycopg
from locust import HttpUser, constant, events, task

PORT = int(os.environ["ASTRAY_PORT"])
WAYS = {}


def way(function):
    WAYS[function.__name__] = function
    return function


@way
def connect_by_ctypes():
    """connect(2) of the C library, called by ctypes"""
    library = ctypes.CDLL(None)
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", PORT, socket.inet_aton("127.0.0.1"))
    while True:
        library.connect(library.socket(socket.AF_INET, socket.SOCK_STREAM, 0), address, len(address))
        gevent.sleep(1)


@way
def libpq():
    """libpq, by psycopg"""
    psycopg.connect(f"host=127.0.0.1 port={PORT} user=u dbname=d connect_timeout=30")


@way
def libcurl():
    """libcurl, called by ctypes"""
    curl = ctypes.CDLL(ctypes.util.find_library("curl"))
    curl.curl_easy_init.restype = ctypes.c_void_p
    while True:
        handle = ctypes.c_void_p(curl.curl_easy_init())
        curl.curl_easy_setopt(handle, 10002, f"http://127.0.0.1:{PORT}/".encode())
        curl.curl_easy_perform(handle)


@way
def python_as_a_process():
    """`subprocess` with Python"""
    code = f"import socket, time; s = socket.create_connection(('127.0.0.1', {PORT})); time.sleep(60)"
    subprocess.run([sys.executable, "-c", code], check=True)


@way
def curl_as_a_process():
    """`subprocess` with curl, again and again"""
    while True:
        subprocess.run(["curl", "-s", "-m", "5", f"http://127.0.0.1:{PORT}/"], check=False)


@way
def bash_in_a_session_of_its_own():
    """`subprocess` with bash and its /dev/tcp, in a session of its own"""
    subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{PORT}; sleep 60"], check=False, start_new_session=True)


@events.test_start.add_listener
def _(**_):
    gevent.spawn_later(float(os.environ["WAIT_S"]), WAYS[os.environ["WAY"]])


class Quiet(HttpUser):
    wait_time = constant(0.1)

    @task
    def hits(self):
        self.client.get("/hits")
