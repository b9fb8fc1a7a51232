"""The frozen rows of one run: extraction to Parquet, secrets replaced on the way, relations computed once."""
