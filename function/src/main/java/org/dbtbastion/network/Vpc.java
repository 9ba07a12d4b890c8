package org.dbtbastion.network;

/**
 * A VPC.
 *
 * @param dnsSupport whether its name servers answer
 */
public record Vpc(boolean dnsSupport) {}
