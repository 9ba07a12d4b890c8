/**
 * The function: its requests and answers on the wire, its settings, and which parts make it up. It
 * knows all other packages; none knows it.
 */
package org.dbtbastion.handler;
