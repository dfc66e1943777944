"""The formats of a report, one module each, and `files`, which writes them where they belong or not at all.

What they say in words goes through Qt's translations; the numbers come from `usage.report`.
"""
