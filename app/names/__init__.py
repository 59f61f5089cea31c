"""Names of organisations: text to comparable forms, parts, sounds, shapes, likeness with reasons."""
