/**
 * IPv4 addresses, blocks of them, and TCP ports. It needs the JDK alone, so that every module can
 * use it.
 */
package org.dbtbastion.address;
