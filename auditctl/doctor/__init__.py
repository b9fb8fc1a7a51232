"""What a source is, what it can hold, and what the account that reads it may do: by bounded probes."""
