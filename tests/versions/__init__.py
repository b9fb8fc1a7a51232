"""One scripted day, done to real Supersets 3.1.3, 4.1.4, 5.0.0 and 6.1.0: what is equal, what differs, and why."""
