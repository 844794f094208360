"""The array codec: a Whoosh segment whose postings are memory-mapped arrays.

A segment is one file, ``<segment>.arrays``: named arrays, each at a multiple of 64 bytes, and at
the end a directory that says where each is (:mod:`search.codec.container`). Everything that
numbers things counts from 0 inside its segment: documents (``doc_id``), terms in order of (field,
bytes), postings in order of (term, doc_id), positions in order of posting::

    terms/blob        u8  [bytes]   the terms, one after the other, in order of (field, bytes)
    terms/offsets     u64 [T + 1]   where each begins in the blob
    terms/postings    u64 [T + 1]   its first posting
    terms/docs        u64 [T + 1]   where its doc_ids begin in postings/docs
    terms/totals      u64 [T]       occurrences in the segment, the sum of its term_freqs
    terms/max_freqs   u32 [T]       the greatest of its term_freqs
    terms/min_lengths u32 [T]       the least field_length above 0 of the documents that have it,
    terms/max_lengths u32 [T]       and the greatest; exact, 0 in fields without lengths
    postings/docs     u32           doc_id of each posting, rising within a term; none of terms
                                    that have a bitmap
    bitmaps/terms     u32 [B]       terms in 1 of 32 documents or more, and in 256, rising
    bitmaps/words     u64 [B, 128 * windows]  a bit for each doc_id, the lowest first
    bitmaps/ranks     u32 [B, 16 * windows]   bits set before each 8th word
    postings/freqs    u8  [(P + 1) // 2]  term_freqs, four bits each, that of the earlier posting
                                    lower; 15 says: look into postings/large
    postings/large_at u64 [L]       the postings whose term_freq is 15 or more, rising,
    postings/large    u32 [L]       and their term_freqs
    postings/weights  f32 [P]       only where some weight is not its term_freq (Whoosh boosts)
    positions/values  u16 or u32 [Q]  positions, rising; as many for each posting as its term_freq
                                    says, none in fields without positions
    positions/starts  u32 [P // 16 + 1]  where the positions of every 16th posting begin, counted
                                    from a base,
    positions/bases   u64           and the bases, one for every 256 of these
    lengths           u16 or u32 [F, N]  field_length by field and doc_id, exact
    stored/offsets    u64 [N + 1]
    stored/blob       u8  [bytes]   stored fields, a pickled dict of plain values for each doc_id
    stored/checksums  u32 [N]       CRC-32 of the stored fields of each doc_id, by which they can be
                                    told from damaged ones when the file is
    published         i64 [N]       seconds since 1970 UTC, -2**62 where an article has no date
    facets/<name>/values_blob     u8  [bytes]  the V distinct values, in order of bytes,
    facets/<name>/values_offsets  u64 [V + 1]  and where each begins
    facets/<name>/single          u8, u16 or u32 [N]  where no document has two values: the
                                               number of its value, V without one; else
    facets/<name>/starts          u32 [N + 1]  the values of each doc_id: where they begin in
    facets/<name>/ordinals        u32          the numbers of the values, each once for a doc_id
    evaluation/...                  what is derived from the arrays above, see below

``postings/docs`` and its companions hold the postings of every field, so that a query over
several fields is only more terms to the same kernel. u16 is used where the largest value fits. A
window is 8,192 documents; there are as many as N needs, and bits past the last document are 0.

The directory's ``meta`` holds ``doc_count`` (N) and ``fields``, in order of name, each with
``name``, ``first_term``, ``end_term``, ``positions`` (whether it has them), ``scorable`` and
``total_length`` (the sum of its field_lengths).

An example: two documents, one field ``body`` with positions, "a b a" and "b"::

    terms/blob       "ab"        terms/offsets    0 1 2
    terms/postings   0 1 3       terms/totals     2 2       terms/docs        0 1 3
    terms/max_freqs  2 1         terms/min_lengths 3 1      terms/max_lengths 3 3
    postings/docs    0 0 1       postings/freqs   18 1
    positions/values 0 2 1 0     positions/starts 0         positions/bases   0
    lengths          [[3 1]]     stored/offsets   0 5 10

What only saves work at searching is derived when a segment is written::

    evaluation/impacts       u8  [P]  floor(256 * tf / (tf + k)), and at least 1, k of BM25 with
                                      the average field_length of this segment; 0 in fields
                                      without lengths
    evaluation/dense_terms   u32 [D]  terms in 1 of 8 documents or more, and in 256, rising
    evaluation/dense         u8  [D, 8192 * windows]  impact by doc_id, 0 where the term is not
    evaluation/newest_first  u32 [N]  doc_ids by date, then by doc_id; without a date last
    evaluation/oldest_first  u32 [N]  the same from the other end; without a date last
    evaluation/day_values    i32 [Y]  the distinct days of ``published``, since 1970, rising
    evaluation/days          u16 or u32 [N]  which of them, Y without a date

Deletions are not in the file, which is never changed once it is written: they are a bitmap in the
segment object that Whoosh keeps in its table of contents.

There Whoosh pickles objects, by names that stay (:mod:`sanbao.pickled`) wherever the classes go::

    sanbao.pickled.ArraySegment      format_version, indexname, segid, compound, _codec, _doc_count,
                                     _deleted (a bit for each doc_id, the lowest first, or None) and
                                     _deleted_count
    sanbao.pickled.ArrayCodec        nothing
    sanbao.pickled.TokensField       a field of tokens, in the schema: its format and its analyzer
    sanbao.pickled.KeywordsField     a field of whole values, likewise
    sanbao.pickled.RegisterAnalyzer  name: words, grams, keyword, title or exact

This program reads only the first two and passes the schema over; Whoosh reads all. An index of the
product has one stored field, ``article``: the article as JSON.

To Whoosh, ``published`` and ``facets`` are columns
(:mod:`search.codec.whoosh_codec.value_columns`). Where Whoosh's own writer makes a segment
(:mod:`search.codec.whoosh_codec.codec`), they and what is derived from them are absent, and in
their place stands ``columns/<field>``, u8 [bytes], for each column, as
Whoosh writes it. Where it merges, ``lengths`` are those that Whoosh's reader gives, rounded to what
one byte can say.

``FORMAT_VERSION`` grows with every change that an older program could not read.
"""

FORMAT_VERSION = 4
