/** Names and sockets: look-ups, TCP connections, and sockets over other streams. */
package org.dbtbastion.socket;
