"""Figures for the vendor's own people, counted over all tenants by a process of its own."""

from lab.decoys._decoy import Decoy

DECOY = Decoy(
    name="table-scan",
    summary="a job of the vendor's own reads all audit events and invoice lines whole, every ten seconds",
    tempts="missing-index",
    module="lab.app.figures",
    tenants=1_000,
)
