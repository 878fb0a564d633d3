"""Systems that nobody here designed, each with one mistake that young code makes, ramped and named blind.

django-helpdesk and django-oscar behind gunicorn, which publish nothing for Rampart: what can it say of a system when
it was given a URL, a DSN and a scenario? `make strangers` ramps them all, three minutes each.
"""
