package org.dbtbastion.network;

import java.util.Objects;
import java.util.Optional;

/**
 * An Elastic IP.
 *
 * @param allocation its id
 * @param instance the host that holds it; empty if none does
 */
public record ElasticIpAddress(String allocation, Optional<String> instance) {

  public ElasticIpAddress {
    Objects.requireNonNull(allocation, "allocation");
    Objects.requireNonNull(instance, "instance");
  }
}
