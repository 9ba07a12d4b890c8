package org.dbtbastion.audit;

/**
 * A VPC.
 *
 * @param dnsSupport whether its name servers answer
 */
public record Vpc(boolean dnsSupport) {}
