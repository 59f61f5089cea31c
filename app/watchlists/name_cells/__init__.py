"""Name cells taken apart: what offices write into one cell beside the name itself."""
