/** How long something may take. */
package org.dbtbastion.deadline;
