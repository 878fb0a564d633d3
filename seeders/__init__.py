"""Seeders grow a target's data from 100 to 10,000 tenants and beyond, at the speed of COPY.

A seeder is a value of type `seeders.declaration.declare.Seeder` in a file of its own; `seeders.growth.grow` does the
work.
"""
