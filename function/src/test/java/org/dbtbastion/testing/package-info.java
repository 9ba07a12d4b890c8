/**
 * Stand-ins for what the bastion talks to, and real servers started as child processes.
 *
 * <p>The function's integration tests, the stack's system tests and the sandbox share them. Nothing
 * here needs root, everything listens on loopback and writes only below the folder that it is
 * given, and what is started is stopped by {@code close()} and, at the latest, when the JVM shuts
 * down.
 */
package org.dbtbastion.testing;
