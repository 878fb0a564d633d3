"""Postgres' COPY BINARY format, written from Arrow arrays."""
