"""What must be the same on both sides of an index.

::

    article, dates, errors, limits      what all speak of
    request, results, timeline          what is asked, and what comes back
    fields          what is an article found by? for every engine and every way in
    ranking         how much does each thing count?
    analysis        which tokens is this text?
    expansion       what else can it be written as?
    query           what does somebody mean who typed this?
    highlights      where in an article is it?
    codec           how does a segment lie on the disk?
    storage         what keeps an index whole?
    suggestions     what may be meant by what is half typed, or mistyped?
    engines         how does a request become a page?
    care            is an index whole, and what can be saved?
    evaluation      how well does it rank?
    cli             how is it asked, and looked after, at a terminal?

From the ground up: each knows those above it in this list. Nothing in here knows the format of a
file of articles, a URL or an HTML tag.
"""
