"""An invented fortnight of an invented brand, played through the whole program on this machine."""
