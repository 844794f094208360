"""The array codec: a Whoosh segment whose postings are memory-mapped arrays.

A segment is one file, ``<segment>.arrays``: named arrays, each at a multiple of 64 bytes, and at
the end a directory that says where each is (:mod:`search.codec.container`). Everything that
numbers things counts from 0 inside its segment: documents (``doc_id``), terms in order of (field,
bytes), postings in order of (term, doc_id), positions in order of posting::

    terms/blob        u8  [bytes]   the terms, one after the other, in order of (field, bytes)
    terms/offsets     u64 [T + 1]   where each begins in the blob
    terms/postings    u64 [T + 1]   its first posting
    terms/totals      u64 [T]       occurrences in the segment, the sum of its term_freqs
    terms/max_freqs   u32 [T]       the greatest of its term_freqs
    terms/min_lengths u32 [T]       the least field_length above 0 of the documents that have it,
    terms/max_lengths u32 [T]       and the greatest; exact, 0 in fields without lengths
    postings/docs     u32 [P]       doc_id, rising within a term
    postings/freqs    u8  [P]       term_freq; 255 says: look into postings/large
    postings/large_at u64 [L]       the postings whose term_freq is 255 or more, rising,
    postings/large    u32 [L]       and their term_freqs
    postings/weights  f32 [P]       only where some weight is not its term_freq (Whoosh boosts)
    positions/values  u16 or u32 [Q]  positions, rising; as many for each posting as its term_freq
                                    says, none in fields without positions
    positions/starts  u64 [P // 16 + 1]  where the positions of every 16th posting begin
    lengths           u16 or u32 [F, N]  field_length by field and doc_id, exact
    stored/offsets    u64 [N + 1]
    stored/blob       u8  [bytes]   stored fields, a pickled dict of plain values for each doc_id
    columns/<field>   u8  [bytes]   a column as Whoosh writes it
    published         i64 [N]       seconds since 1970 UTC, -2**62 where an article has no date
    facets/<name>/values_blob     u8  [bytes]  the V distinct values, in order of bytes,
    facets/<name>/values_offsets  u64 [V + 1]  and where each begins
    facets/<name>/starts          u32 [N + 1]  the values of each doc_id: where they begin in
    facets/<name>/ordinals        u32          the numbers of the values, each once for a doc_id
    evaluation/...    what :mod:`search.codec.kernels` derives from the arrays above, see below

``postings/docs`` and its companions hold the postings of every field, so that a query over
several fields is only more terms to the same kernel. u16 is used where the largest value fits.

The directory's ``meta`` holds ``doc_count`` (N) and ``fields``, in order of name, each with
``name``, ``first_term``, ``end_term``, ``positions`` (whether it has them), ``scorable`` and
``total_length`` (the sum of its field_lengths).

An example: two documents, one field ``body`` with positions, "a b a" and "b"::

    terms/blob       "ab"        terms/offsets    0 1 2
    terms/postings   0 1 3       terms/totals     2 2
    terms/max_freqs  2 1         terms/min_lengths 3 1      terms/max_lengths 3 3
    postings/docs    0 0 1       postings/freqs   2 1 1
    positions/values 0 2 1 0     positions/starts 0
    lengths          [[3 1]]     stored/offsets   0 5 10

Some terms are in so many documents that other forms of their postings are faster. They and other
things that only save work are derived by :mod:`search.codec.kernels.evaluation_arrays`, when a
segment is written. A window is 8,192 documents; there are as many as N needs::

    evaluation/impacts       u8  [P]  floor(256 * tf / (tf + k)), k of BM25 with the average
                                      field_length of this segment; 0 in fields without lengths
    evaluation/bitmap_terms  u32 [B]  terms in 1 of 32 documents or more, and in 256, rising
    evaluation/bitmaps       u64 [B, 128 * windows]  a bit for each doc_id, the lowest first
    evaluation/ranks         u32 [B, 16 * windows]   bits set before each 8th word
    evaluation/dense_terms   u32 [D]  terms in 1 of 8 documents or more, and in 256, rising
    evaluation/dense         u8  [D, 8192 * windows]  impact by doc_id, 0 where the term is not
    evaluation/newest_first  u32 [N]  doc_ids by date, then by doc_id; without a date last
    evaluation/oldest_first  u32 [N]  the same from the other end; without a date last
    evaluation/day_values    i32 [Y]  the distinct days of ``published``, since 1970, rising
    evaluation/days          u16 or u32 [N]  which of them, Y without a date
    evaluation/facets/<name> u8, u16 or u32 [N]  where no document has two values: its ordinal,
                                      V without a value

Deletions are not in the file, which is never changed once it is written: they are a bitmap in the
segment object that Whoosh keeps in its table of contents.

Where Whoosh's own writer makes a segment (:mod:`search.codec.array_codec`), ``published`` and
``facets`` and what is derived from them are absent. Where it merges, ``lengths`` are those that
Whoosh's reader gives, rounded to what one byte can say.

``FORMAT_VERSION`` grows with every change that an older program could not read.
"""

FORMAT_VERSION = 2
