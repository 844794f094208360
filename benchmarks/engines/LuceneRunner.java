import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopFieldCollector;
import org.apache.lucene.search.TopScoreDocCollector;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BytesRef;

/**
 * Lucene's side of the comparison.
 *
 * <pre>
 *   LuceneRunner index DOCUMENTS.TSV FOLDER COUNT BATCHES
 *   LuceneRunner search FOLDER
 * </pre>
 *
 * index prints nanoseconds of indexing, nanoseconds of merging and the peak memory in kB. search
 * reads a query a line, "count|top TAB or|and|phrase TAB score|newest TAB terms", and answers each
 * with "nanoseconds TAB total TAB number:key number:key ...".
 */
public final class LuceneRunner {
  private static final int TOP = 10;
  private static final double BUFFER_MB = 2000;
  private static final int PRUNE_AFTER = 1000; // as IndexSearcher.search(query, n) does

  public static void main(String[] arguments) throws IOException {
    if (arguments[0].equals("index")) {
      index(
          Path.of(arguments[1]),
          Path.of(arguments[2]),
          Integer.parseInt(arguments[3]),
          Integer.parseInt(arguments[4]));
    } else {
      search(Path.of(arguments[1]));
    }
  }

  private static void index(Path documents, Path folder, int count, int batches)
      throws IOException {
    long started = System.nanoTime();
    long indexed;
    try (Directory directory = FSDirectory.open(folder)) {
      try (IndexWriter writer =
              new IndexWriter(directory, config().setMergePolicy(NoMergePolicy.INSTANCE));
          BufferedReader lines = Files.newBufferedReader(documents, StandardCharsets.UTF_8)) {
        long number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine(), number++) {
          writer.addDocument(document(number, line.split("\t", 5)));
          if ((number + 1) * batches / count > number * batches / count) {
            writer.commit();
          }
        }
      }
      indexed = System.nanoTime();
      try (IndexWriter writer = new IndexWriter(directory, config())) {
        writer.forceMerge(1);
        writer.commit();
      }
    }
    long merged = System.nanoTime();
    System.out.println((indexed - started) + " " + (merged - indexed) + " " + peakMemory());
  }

  private static IndexWriterConfig config() {
    return new IndexWriterConfig(new WhitespaceAnalyzer())
        .setSimilarity(similarity())
        .setRAMBufferSizeMB(BUFFER_MB)
        .setUseCompoundFile(false)
        .setMergeScheduler(new SerialMergeScheduler());
  }

  private static BM25Similarity similarity() {
    return new BM25Similarity(1.2f, 0.75f);
  }

  private static Document document(long number, String[] columns) {
    FieldType body = new FieldType(TextField.TYPE_NOT_STORED);
    body.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
    body.freeze();
    Document document = new Document();
    document.add(new NumericDocValuesField("number", number));
    document.add(new NumericDocValuesField("date", Long.parseLong(columns[0])));
    String[] names = {"language", "source", "category"};
    for (int i = 0; i < names.length; i++) {
      document.add(new StringField(names[i], columns[i + 1], Field.Store.NO));
      document.add(new SortedDocValuesField(names[i], new BytesRef(columns[i + 1])));
    }
    document.add(new Field("body", columns[4], body));
    return document;
  }

  private static long peakMemory() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("/proc/self/status has no VmHWM");
  }

  private static void search(Path folder) throws IOException {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    try (IndexReader reader = DirectoryReader.open(FSDirectory.open(folder));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      IndexSearcher searcher = new IndexSearcher(reader);
      searcher.setSimilarity(similarity());
      searcher.setQueryCache(null);
      out.println("segments " + reader.leaves().size());
      out.flush();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answer(searcher, line.split("\t"), out);
        out.flush();
      }
    }
  }

  private static void answer(IndexSearcher searcher, String[] request, PrintStream out)
      throws IOException {
    int threshold = request[0].equals("count") ? Integer.MAX_VALUE : PRUNE_AFTER;
    Query query = query(request[1], request[3].split(" "));
    boolean newest = request[2].equals("newest");
    Sort sort = new Sort(new SortField("date", SortField.Type.LONG, true));
    long started = System.nanoTime();
    TopDocs found =
        newest
            ? searcher.search(query, TopFieldCollector.createSharedManager(sort, TOP, null, threshold))
            : searcher.search(query, TopScoreDocCollector.createSharedManager(TOP, null, threshold));
    long taken = System.nanoTime() - started;
    out.println(taken + "\t" + found.totalHits.value + "\t" + hits(searcher, found));
  }

  private static Query query(String operator, String[] terms) {
    if (operator.equals("phrase")) {
      return new PhraseQuery("body", terms);
    }
    BooleanQuery.Builder builder = new BooleanQuery.Builder();
    for (String term : terms) {
      builder.add(
          new TermQuery(new Term("body", term)), operator.equals("and") ? Occur.MUST : Occur.SHOULD);
    }
    return builder.build();
  }

  private static String hits(IndexSearcher searcher, TopDocs found) throws IOException {
    List<String> hits = new ArrayList<>();
    for (ScoreDoc hit : found.scoreDocs) {
      Object key = hit instanceof FieldDoc sorted ? sorted.fields[0] : (Object) hit.score;
      hits.add(number(searcher, hit.doc) + ":" + key);
    }
    return String.join(" ", hits);
  }

  private static long number(IndexSearcher searcher, int doc) throws IOException {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(doc, leaves));
    NumericDocValues numbers = leaf.reader().getNumericDocValues("number");
    numbers.advanceExact(doc - leaf.docBase);
    return numbers.longValue();
  }
}
