/**
 * JSON that people write, requests and descriptions of connections: what it may hold, and all that
 * is wrong with it at once. Needs the JDK, Jackson and the domain alone, so that a deployment can
 * use it too.
 */
package org.dbtbastion.wire;
