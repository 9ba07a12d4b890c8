package org.dbtbastion.infra.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;

class DbtPrefixListTest {

  @Test
  void oneListHoldsThem() {
    JsonNode list = Synthesized.least().properties("AWS::EC2::PrefixList", "DbtAddresses");

    assertThat(list.get("PrefixListName").asText()).isEqualTo("dbt-bastion-default");
    assertThat(list.get("AddressFamily").asText()).isEqualTo("IPv4");
    assertThat(list.get("Entries"))
        .extracting(entry -> entry.get("Cidr").asText())
        .containsExactly("35.76.76.152/32", "54.238.211.79/32", "13.115.236.233/32");
  }

  // CloudFormation would send both in one request, which EC2 refuses.
  @Test
  void itsSizeNeverChangesWithItsEntries() {
    String many =
        IntStream.range(0, Configuration.Ssh.MOST_SOURCES)
            .mapToObj("203.0.113.%d"::formatted)
            .collect(Collectors.joining(","));
    Map<String, Object> configuration = new HashMap<>(SampleContext.with("cidrs", many));
    configuration.remove("dbtRegion");

    assertThat(List.of(Synthesized.least(), Synthesized.synthesize(configuration)))
        .extracting(stack -> stack.properties("AWS::EC2::PrefixList", "DbtAddresses"))
        .extracting(list -> list.get("Entries").size(), list -> list.get("MaxEntries").asInt())
        .containsExactly(tuple(3, 55), tuple(55, 55));
  }

  @Test
  void noOtherRuleNamesAnAddressOfDbt() {
    assertThat(Synthesized.least().template().get("Resources"))
        // The audit is told whom it asks for.
        .filteredOn(resource -> !resource.get("Type").asText().equals("AWS::Lambda::Function"))
        .filteredOn(resource -> resource.toString().contains("35.76.76.152"))
        .singleElement()
        .satisfies(list -> assertThat(list.get("Type").asText()).isEqualTo("AWS::EC2::PrefixList"));
  }
}
