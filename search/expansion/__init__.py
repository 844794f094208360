"""What else can be written for what was typed? The meanings of words, each with its weight.

``meanings`` (what a meaning is), ``synonyms`` (those of a user's file).
"""
