package bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** Where a contact stands: kept from its first event until it is over. place is "queue|channel"; times are in milliseconds. */
record Contact(State state, String place, long offeredAt, long answeredAt) {

  enum State { BEGUN, WAITING, CONNECTED, ENDED }

  private static final State[] STATES = State.values();

  /** A byte for the state, eight for each time, the place behind them. */
  static Serde<Contact> serde() {
    Serializer<Contact> out = (topic, contact) -> {
      if (contact == null) {
        return null;
      }
      byte[] place = contact.place.getBytes(StandardCharsets.UTF_8);
      return ByteBuffer.allocate(17 + place.length)
          .put((byte) contact.state.ordinal())
          .putLong(contact.offeredAt)
          .putLong(contact.answeredAt)
          .put(place)
          .array();
    };
    Deserializer<Contact> in = (topic, bytes) -> {
      if (bytes == null) {
        return null;
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      State state = STATES[buffer.get()];
      long offeredAt = buffer.getLong();
      long answeredAt = buffer.getLong();
      return new Contact(state, new String(bytes, 17, bytes.length - 17, StandardCharsets.UTF_8), offeredAt, answeredAt);
    };
    return Serdes.serdeFrom(out, in);
  }
}
