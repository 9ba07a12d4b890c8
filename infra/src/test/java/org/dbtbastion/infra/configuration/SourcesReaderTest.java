package org.dbtbastion.infra.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourcesReaderTest {

  private static List<Cidr> sources(String cidrs) {
    ContextReader context = new ContextReader(Map.of("cidrs", cidrs));
    List<Cidr> sources = new SourcesReader(context, "us-east-1").read();
    context.throwIfAny();
    return sources;
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.7, 203.0.113.7/32",
    "203.0.113.0/28, 203.0.113.0/28",
    "10.20.0.0/16, 10.20.0.0/16",
    "255.255.255.255/32, 255.255.255.255/32"
  })
  void readsBlocksAndSingleAddresses(String text, String block) {
    assertThat(sources(text)).extracting(Cidr::toString).containsExactly(block);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.0.0.0/0 | open the SSH port to 4,294,967,296 addresses",
        "0.0.0.0/1 | open the SSH port to 2,147,483,648 addresses",
        "10.0.0.0/15 | open the SSH port to 131,072 addresses",
        "203.0.113.1/28 | write 203.0.113.0/28 for the block or 203.0.113.1/32 for the one address",
        "203.0.113.256 | at most 255",
        "203.0.113.0/33 | at most 32",
        "::/0 | leave IPv6 out",
        "203.0.113 | write it like 203.0.113.7",
        "dbt.com | write it like 203.0.113.7"
      })
  void refusesEverythingElseWithTheFix(String text, String fix) {
    assertThatThrownBy(() -> sources(text))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cidrs = \"" + text + "\"")
        .hasMessageContaining("allowed: IPv4 blocks from /16 to /32, or single addresses")
        .hasMessageContaining(fix);
  }

  @Test
  void everyAddressOfDbtIsLetIn() {
    assertThat(DbtRegion.values()).hasSize(11).allSatisfy(r -> assertThat(r.cidrs()).isNotEmpty());
  }
}
