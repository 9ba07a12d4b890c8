/**
 * A stand-in for Amazon Redshift: a real PostgreSQL behind a gateway that speaks as Redshift does.
 */
package org.dbtbastion.standins.redshift;
