"""Staging in a box: real servers on loopback and a small multi-tenant SaaS, healthy or flawed as asked."""
