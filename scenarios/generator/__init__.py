"""All of ours that runs in the load process, beside other people's code: recorder, shape, guard.

It is self-contained: its modules import each other relatively and nothing else of ours, because `launch.py` loads the
package under one private name and hides every other module of ours, so that a locustfile finds its own `tests`, `lab`
or `analysis`. What it must know comes from the conductor in one file (`settings.py`).
"""
