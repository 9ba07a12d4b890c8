/** Alarms, the topic that they go to, and the dashboard. */
package org.dbtbastion.infra.monitoring;
