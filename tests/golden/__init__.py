"""Whole outputs of one hard result set, byte for byte."""
