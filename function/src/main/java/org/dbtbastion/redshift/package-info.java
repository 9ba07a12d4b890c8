/** The warehouse: TLS as Redshift speaks it, and its JDBC driver, which only this package knows. */
package org.dbtbastion.redshift;
