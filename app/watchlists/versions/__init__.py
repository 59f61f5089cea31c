"""List versions: import, four eyes, activation, signing, export."""
