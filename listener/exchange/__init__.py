"""The archive as files: posts that are imported, mentions that are exported, lists of feeds."""
