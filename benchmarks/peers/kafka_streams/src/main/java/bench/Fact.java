package bench;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** What an event settled about a contact; it travels under "queue|channel" with the time of the offer as its timestamp. */
record Fact(Kind kind, long waited) {

  enum Kind { OFFERED, ANSWERED, ABANDONED }

  private static final Kind[] KINDS = Kind.values();

  static Serde<Fact> serde() {
    Serializer<Fact> out = (topic, fact) ->
        fact == null ? null : ByteBuffer.allocate(9).put((byte) fact.kind.ordinal()).putLong(fact.waited).array();
    Deserializer<Fact> in = (topic, bytes) -> {
      if (bytes == null) {
        return null;
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      return new Fact(KINDS[buffer.get()], buffer.getLong());
    };
    return Serdes.serdeFrom(out, in);
  }
}
