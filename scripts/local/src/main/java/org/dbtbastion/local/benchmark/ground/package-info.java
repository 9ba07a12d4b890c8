/** What rows of the benchmark are measured on and with: the sandbox, its bastion, its callers. */
package org.dbtbastion.local.benchmark.ground;
