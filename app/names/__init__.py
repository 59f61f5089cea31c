"""Chinese organisation names: comparable writing, parts, regions, sounds and shapes.

Pure functions over tables that lie beside them in ``data/``; no list, no law, no time.
"""
