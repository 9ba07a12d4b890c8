package org.dbtbastion.infra.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;

class DbtPrefixListTest {

  @Test
  void oneListHoldsThemAndHasRoomForMore() {
    JsonNode list = Synthesized.least().properties("AWS::EC2::PrefixList", "DbtAddresses");

    assertThat(list.get("PrefixListName").asText()).isEqualTo("dbt-bastion-default");
    assertThat(list.get("AddressFamily").asText()).isEqualTo("IPv4");
    assertThat(list.get("MaxEntries").asInt()).isEqualTo(20);
    assertThat(list.get("Entries"))
        .extracting(entry -> entry.get("Cidr").asText())
        .containsExactly("35.76.76.152/32", "54.238.211.79/32", "13.115.236.233/32");
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
