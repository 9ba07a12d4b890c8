/** The hosts that forward to the warehouse: their Auto Scaling group, user data and files. */
package org.dbtbastion.infra.hosts;
