"""Writers of answers by file format."""
