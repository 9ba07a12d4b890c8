package org.dbtbastion.audit;

import java.util.Objects;
import java.util.Optional;

/**
 * An Elastic IP.
 *
 * @param allocation its id
 * @param instance the host that holds it; empty if none does
 */
public record ElasticIp(String allocation, Optional<String> instance) {

  public ElasticIp {
    Objects.requireNonNull(allocation, "allocation");
    Objects.requireNonNull(instance, "instance");
  }
}
