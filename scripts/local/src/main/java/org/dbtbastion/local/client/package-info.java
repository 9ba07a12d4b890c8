/** What stands for the dbt platform: its jobs, its SSH client and its driver. */
package org.dbtbastion.local.client;
