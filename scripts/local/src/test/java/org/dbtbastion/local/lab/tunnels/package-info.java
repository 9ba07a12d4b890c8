/** What dbt's tunnels live through, and what nobody may do in one. */
package org.dbtbastion.local.lab.tunnels;
