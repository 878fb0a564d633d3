"""Answers that are laid out by a template, which is compiled for each of them."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="app-cpu",
    summary="every JSON answer is laid out by a template that is compiled anew",
    breaks="The one process spends 5 to 10 ms of processor time on each answer, where encoding takes 0.1.",
    finding="app-cpu",
    tenants=100,
    users="50 to 130",
    remedy="Encode answers by the library's encoder, or keep compiled templates.",
    settings={"answers": "templated"},
)
