/** Servers that are broken, or out to do harm, at one step of their protocol. */
package org.dbtbastion.standins.hostile;
