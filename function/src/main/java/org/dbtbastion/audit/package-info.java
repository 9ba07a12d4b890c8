/**
 * What is wrong with the network around a bastion: a picture of what AWS says of it, and rules that
 * find the piece because of which a check fails, each with what repairs it.
 *
 * <p>This package owns the interface through which the picture is read ({@link
 * org.dbtbastion.audit.PictureSource}); another implements it.
 */
package org.dbtbastion.audit;
