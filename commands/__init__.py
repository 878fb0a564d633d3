"""One file per command of the `rampart` program: `arguments` declares its words, `run` carries it out."""
