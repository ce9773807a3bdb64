package bench;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** The contact's life, by contact: events in, facts by queue and channel out. */
final class Life implements Processor<String, byte[], String, Fact> {

  static final String STORE = "contacts";

  /** The fields that the job asks for; the others are read over. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  static final class Data {
    public String queue;
    public String channel;
  }

  private static final ObjectReader JSON = new ObjectMapper().readerFor(Data.class);

  private ProcessorContext<String, Fact> context;
  private KeyValueStore<String, Contact> contacts;
  private String day = "";
  private long dayMs;

  @Override
  public void init(ProcessorContext<String, Fact> context) {
    this.context = context;
    this.contacts = context.getStateStore(STORE);
  }

  @Override
  public void process(Record<String, byte[]> record) {
    String type = text(record, "ce_type");
    if (type.equals("cc.clock.marked.v1")) {
      return;
    }
    long at = milliseconds(text(record, "ce_time"));
    Data data = data(record.value());
    String id = record.key();
    switch (type) {
      case "cc.contact.begun.v1" -> contacts.put(id, new Contact(Contact.State.BEGUN, "", 0, 0));
      case "cc.contact.offered.v1" -> {
        String place = data.queue + "|" + data.channel;
        contacts.put(id, new Contact(Contact.State.WAITING, place, at, 0));
        context.forward(new Record<>(place, new Fact(Fact.Kind.OFFERED, 0), at));
      }
      case "cc.contact.answered.v1" -> {
        Contact contact = contacts.get(id);
        if (contact != null && contact.state() == Contact.State.WAITING) {
          contacts.put(id, new Contact(Contact.State.CONNECTED, contact.place(), contact.offeredAt(), at));
          conclude(contact, Fact.Kind.ANSWERED, at);
        }
      }
      case "cc.contact.abandoned.v1" -> {
        Contact contact = contacts.get(id);
        if (contact != null && contact.state() == Contact.State.WAITING) {
          contacts.delete(id);
          conclude(contact, Fact.Kind.ABANDONED, at);
        }
      }
      case "cc.contact.ended.v1" -> {
        Contact contact = contacts.get(id);
        if (contact != null && contact.state() == Contact.State.CONNECTED) {
          contacts.put(id, new Contact(Contact.State.ENDED, contact.place(), contact.offeredAt(), contact.answeredAt()));
        }
      }
      case "cc.contact.wrapped_up.v1" -> contacts.delete(id);
      default -> { }
    }
  }

  private void conclude(Contact contact, Fact.Kind kind, long at) {
    context.forward(new Record<>(contact.place(), new Fact(kind, at - contact.offeredAt()), contact.offeredAt()));
  }

  private static Data data(byte[] value) {
    try {
      return JSON.readValue(value);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private static String text(Record<String, byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return new String(header.value(), StandardCharsets.US_ASCII);
  }

  /** "2026-03-02T08:30:00.125Z": the form that our producers write is read by place, any other by the library. */
  private long milliseconds(String time) {
    if (time.length() != 24 || time.charAt(23) != 'Z') {
      return Instant.parse(time).toEpochMilli();
    }
    if (!time.startsWith(day) || day.isEmpty()) {
      day = time.substring(0, 10);
      dayMs = LocalDate.parse(day).toEpochDay() * 86_400_000L;
    }
    return dayMs + two(time, 11) * 3_600_000L + two(time, 14) * 60_000L + two(time, 17) * 1_000L
        + (time.charAt(20) - '0') * 100L + two(time, 21);
  }

  private static long two(String time, int at) {
    return (time.charAt(at) - '0') * 10L + (time.charAt(at + 1) - '0');
  }
}
