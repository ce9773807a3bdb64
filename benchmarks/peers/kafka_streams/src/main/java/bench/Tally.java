package bench;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** The figures of one queue, channel and half-hour. */
record Tally(long offered, long answered, long abandoned, long waitMs, long inTime, long outOf) {

  static final Tally NONE = new Tally(0, 0, 0, 0, 0, 0);
  private static final long WITHIN_MS = 20_000;

  Tally with(Fact fact) {
    return switch (fact.kind()) {
      case OFFERED -> new Tally(offered + 1, answered, abandoned, waitMs, inTime, outOf);
      case ABANDONED -> new Tally(offered, answered, abandoned + 1, waitMs, inTime, outOf + 1);
      case ANSWERED -> new Tally(
          offered, answered + 1, abandoned, waitMs + fact.waited(), inTime + (fact.waited() <= WITHIN_MS ? 1 : 0), outOf + 1);
    };
  }

  String json() {
    return "{\"offered\":" + offered + ",\"answered\":" + answered + ",\"abandoned\":" + abandoned
        + ",\"wait_ms\":" + waitMs + ",\"in_time\":" + inTime + ",\"out_of\":" + outOf + "}";
  }

  static Serde<Tally> serde() {
    Serializer<Tally> out = (topic, tally) -> tally == null ? null : ByteBuffer.allocate(48)
        .putLong(tally.offered).putLong(tally.answered).putLong(tally.abandoned)
        .putLong(tally.waitMs).putLong(tally.inTime).putLong(tally.outOf).array();
    Deserializer<Tally> in = (topic, bytes) -> {
      if (bytes == null) {
        return null;
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      return new Tally(buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
    };
    return Serdes.serdeFrom(out, in);
  }
}
