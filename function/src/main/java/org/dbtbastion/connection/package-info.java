/** Connections as dbt has them, and how they log in to the warehouse. It needs the JDK alone. */
package org.dbtbastion.connection;
