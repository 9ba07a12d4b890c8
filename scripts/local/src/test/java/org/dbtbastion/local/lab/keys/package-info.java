/** How keys reach booted hosts, and leave them, whatever fails. */
package org.dbtbastion.local.lab.keys;
