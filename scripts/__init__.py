"""What the makefile runs."""
