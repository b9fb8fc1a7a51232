"""The folder that goes to the auditor: built, published whole, verified later."""
