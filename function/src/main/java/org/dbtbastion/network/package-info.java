/**
 * The network around a bastion, as AWS describes it, in AWS's words.
 *
 * <p>This package owns the interface through which it is read ({@link
 * org.dbtbastion.network.SnapshotReader}); another implements it.
 */
package org.dbtbastion.network;
