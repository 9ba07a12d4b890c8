/** What a host does from its first boot to its replacement. */
package org.dbtbastion.local.lab.lifecycle;
