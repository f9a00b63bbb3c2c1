"""The First Bell report: one page a school morning."""
