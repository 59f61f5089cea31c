"""Files in, decisions out: the nightly check of the whole book."""
