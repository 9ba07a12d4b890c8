/** The function that checks connections, its schedules and its permissions. */
package org.dbtbastion.infra.checks;
