"""How often the right cause is named: each planted flaw ramped, judged blind and scored. It measures us, no target."""
