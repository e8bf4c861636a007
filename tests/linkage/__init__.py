"""The real linker on people of known truth."""
