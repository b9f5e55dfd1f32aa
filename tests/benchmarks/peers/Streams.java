// The Java peer: a counter a lead in a RocksDB store with a changelog, in Kafka Streams, one thread; how fast it is, it says at its end.
//
// Words: broker, application id (also the prefix of the changelog), state folder, guarantee, commit interval in ms, signals to count
// (0: until SIGTERM), the topic for a word about every tenth signal of a lead (-: none), input topics.
// Prints lines of JSON: {"running_ms": …} once all is restored, {"first_ms": …, "last_ms": …} once all is counted.

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

public final class Streams {
    private static final int STEP = 3, TENTH = 30;
    private static final CountDownLatch DONE = new CountDownLatch(1);
    private static long goal, counted, first, last; // one thread counts

    private static final class Count extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
        private final ObjectMapper json = new ObjectMapper();
        private final boolean tells;
        private KeyValueStore<Bytes, byte[]> leads;

        Count(boolean tells) {
            this.tells = tells;
        }

        @Override
        public void init(ProcessorContext<byte[], byte[]> context) {
            super.init(context);
            leads = context.getStateStore("leads");
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            if (counted == 0) first = System.currentTimeMillis();
            try {
                json.readTree(record.value());
            } catch (IOException error) {
                throw new IllegalArgumentException(error);
            }
            Bytes key = Bytes.wrap(record.key());
            byte[] before = leads.get(key);
            long count = STEP + (before == null ? 0 : Long.parseLong(new String(before, StandardCharsets.US_ASCII)));
            leads.put(key, Long.toString(count).getBytes(StandardCharsets.US_ASCII));
            if (tells && count % TENTH == 0) {
                context().forward(record.withValue(Long.toString(record.timestamp()).getBytes(StandardCharsets.US_ASCII)));
            }
            if (++counted == goal) {
                last = System.currentTimeMillis();
                DONE.countDown();
            }
        }
    }

    public static void main(String[] words) throws InterruptedException {
        Properties settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, words[0]);
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, words[1]);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, words[2]);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, words[3]);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, words[4]);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        goal = Long.parseLong(words[5]);
        String told = words[6];

        Topology topology = new Topology();
        topology.addSource("signals", new ByteArrayDeserializer(), new ByteArrayDeserializer(), Arrays.copyOfRange(words, 7, words.length));
        topology.addProcessor("count", () -> new Count(!told.equals("-")), "signals");
        topology.addStateStore(
            Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore("leads"), Serdes.Bytes(), Serdes.ByteArray())
                .withLoggingEnabled(Map.of())
                .withCachingEnabled(),
            "count");
        if (!told.equals("-")) topology.addSink("told", told, new ByteArraySerializer(), new ByteArraySerializer(), "count");

        KafkaStreams streams = new KafkaStreams(topology, settings);
        long[] began = {0};
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.REBALANCING) began[0] = System.currentTimeMillis();
            if (now == KafkaStreams.State.RUNNING)
                System.out.printf("{\"running_ms\": %d, \"since_rebalance_ms\": %d}%n", System.currentTimeMillis(), System.currentTimeMillis() - began[0]);
        });
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return null;
        });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
        DONE.await();
        streams.close();
        System.out.printf("{\"first_ms\": %d, \"last_ms\": %d}%n", first, last);
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}
