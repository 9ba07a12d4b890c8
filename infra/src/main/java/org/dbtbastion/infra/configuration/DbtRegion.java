package org.dbtbastion.infra.configuration;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.text.Kebab;

/**
 * A multi-tenant region of the dbt platform, with the addresses that it connects from.
 *
 * <p>Source: docs.getdbt.com, "Access, Regions and IP addresses".
 */
enum DbtRegion {
  US1(
      "us-east-1",
      "52.45.144.63",
      "54.81.134.249",
      "52.22.161.231",
      "52.3.77.232",
      "3.214.191.130",
      "34.233.79.135"),
  US5("us-west-2", "32.185.64.51", "34.217.173.137", "52.37.223.167"),
  EU1("eu-central-1", "3.123.45.39", "3.126.140.248", "3.72.153.148"),
  AU1("ap-southeast-2", "52.65.89.235", "3.106.40.33", "13.239.155.206"),
  JP1("ap-northeast-1", "35.76.76.152", "54.238.211.79", "13.115.236.233"),
  US3(null, "34.33.2.0/26"),
  EU3(null, "34.39.41.0/26"),
  EU4(null, "34.185.244.128/26"),
  US2(null, "20.10.67.192/26"),
  EU2(null, "20.13.190.192/26"),
  AU2(null, "20.11.97.208/28");

  private final String awsRegion;
  private final List<Cidr> cidrs;

  DbtRegion(String awsRegion, String... addresses) {
    this.awsRegion = awsRegion;
    cidrs = Arrays.stream(addresses).map(Cidr::of).toList();
  }

  /** What the region connects from. */
  List<Cidr> cidrs() {
    return cidrs;
  }

  /** The region as dbt writes it, such as {@code us1}. */
  String id() {
    return Kebab.of(this);
  }

  static Optional<DbtRegion> byId(String id) {
    return Kebab.find(DbtRegion.class, id);
  }

  /** The region that dbt runs in this AWS region, if it does. */
  static Optional<DbtRegion> inAwsRegion(String awsRegion) {
    return Arrays.stream(values()).filter(region -> awsRegion.equals(region.awsRegion)).findFirst();
  }

  /** All ids, for messages. */
  static String ids() {
    return Arrays.stream(values()).map(DbtRegion::id).collect(Collectors.joining(", "));
  }
}
