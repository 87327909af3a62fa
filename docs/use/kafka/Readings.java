import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Prints every reading of smp.readings.v1 as a line: java -cp 'kafka-clients.jar:slf4j-api.jar' Readings.java HOST:PORT GROUP */
public class Readings {
  public static void main(String[] arguments) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", arguments[0],
            "group.id", arguments[1], // your own: then nobody else's position moves
            "auto.offset.reset", "earliest",
            "enable.auto.commit", "false",
            "key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer",
            "value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
    try (var consumer = new KafkaConsumer<String, String>(settings)) {
      consumer.subscribe(List.of("smp.readings.v1"));
      while (true) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1)))
          System.out.println(record.key() + "\t" + record.value()); // meter id, one reading as JSON
        System.out.flush();
        consumer.commitSync(); // after the work is done: at least once, and (meter, t) finds what came twice
      }
    }
  }
}
