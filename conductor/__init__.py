"""The conductor: it starts things in order and decides the next stage; nothing below it knows about it."""
