/**
 * How fast it is beside what a user would do instead, measured on one machine: what {@code
 * scripts/benchmark} runs. It measures and judges nothing else; what must be true is for tests.
 */
package org.dbtbastion.local.benchmark;
