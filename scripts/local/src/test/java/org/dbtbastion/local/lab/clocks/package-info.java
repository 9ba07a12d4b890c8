/**
 * What silence does to a tunnel, with fast clocks and with those that are shipped. They take
 * longest, and so they come first.
 */
package org.dbtbastion.local.lab.clocks;
