package bench;

import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/** The job of JOB.md in Kafka Streams: contacts by id, repartitioned by queue and channel, tallied in half-hours. */
public final class Job {

  private static final Duration HALF_HOUR = Duration.ofMinutes(30);
  /** Partitions of a topic that is full already are not read at one pace: a fact may come days of event time behind another. */
  private static final Duration GRACE = Duration.ofDays(7);

  private Job() { }

  /** bootstrap, input, output, application id, partitions, threads, guarantee, state directory. */
  public static void main(String[] arguments) throws InterruptedException {
    String bootstrap = arguments[0];
    String input = arguments[1];
    String output = arguments[2];
    int partitions = Integer.parseInt(arguments[4]);
    Properties settings = settings(bootstrap, arguments[3], Integer.parseInt(arguments[5]), arguments[6], arguments[7]);
    CountDownLatch over = new CountDownLatch(1);
    KafkaStreams streams = new KafkaStreams(topology(input, output, partitions).build(), settings);
    streams.setUncaughtExceptionHandler(failure -> {
      failure.printStackTrace();
      over.countDown();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20))));
    streams.start();
    over.await();
    System.exit(1);
  }

  private static StreamsBuilder topology(String input, String output, int partitions) {
    Serde<String> text = Serdes.String();
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(
        Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(Life.STORE), text, Contact.serde()).withCachingEnabled());
    KGroupedStream<String, Fact> facts = builder
        .stream(input, Consumed.with(text, Serdes.ByteArray()))
        .process(Life::new, Life.STORE)
        .repartition(Repartitioned.with(text, Fact.serde()).withName("facts").withNumberOfPartitions(partitions))
        .groupByKey(Grouped.with(text, Fact.serde()));
    facts
        .windowedBy(TimeWindows.ofSizeAndGrace(HALF_HOUR, GRACE))
        .aggregate(
            () -> Tally.NONE,
            (place, fact, tally) -> tally.with(fact),
            Materialized.<String, Tally, WindowStore<Bytes, byte[]>>as("half-hours")
                .withKeySerde(text)
                .withValueSerde(Tally.serde())
                .withRetention(HALF_HOUR.plus(GRACE))
                .withCachingEnabled())
        .toStream((window, tally) -> window.key() + "|" + window.window().start())
        .mapValues(Tally::json)
        .to(output, Produced.with(text, text));
    facts
        .aggregate(
            () -> 0L,
            (place, fact, waiting) -> waiting + (fact.kind() == Fact.Kind.OFFERED ? 1 : -1),
            Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("waiting")
                .withKeySerde(text)
                .withValueSerde(Serdes.Long())
                .withCachingEnabled())
        .toStream()
        .mapValues(waiting -> "{\"waiting\":" + waiting + "}")
        .to(output, Produced.with(text, text));
    return builder;
  }

  private static Properties settings(String bootstrap, String application, int threads, String guarantee, String directory) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, directory);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    // The default of exactly once; of at least once it is 30 s, too long for figures that people watch.
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, guarantee.equals(StreamsConfig.EXACTLY_ONCE_V2) ? 100 : 1_000);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
    settings.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
    // The events lie in the past, and a changelog's records carry their times: kept all the same.
    settings.put(StreamsConfig.WINDOW_STORE_CHANGE_LOG_ADDITIONAL_RETENTION_MS_CONFIG, Duration.ofDays(3_650).toMillis());
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 50);
    return settings;
  }
}
