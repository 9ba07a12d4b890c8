/** Servers, relays and certificates at which a client meets every state of a network. */
package org.dbtbastion.standins.net;
