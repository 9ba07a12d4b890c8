/** Rules of security groups, the prefix list of dbt's addresses, and endpoints of AWS's APIs. */
package org.dbtbastion.infra.network;
