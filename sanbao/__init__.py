"""Full-text search for Chinese, Japanese and English news."""
