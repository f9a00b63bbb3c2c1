"""A notification channel that takes no messages is a problem of its own."""
