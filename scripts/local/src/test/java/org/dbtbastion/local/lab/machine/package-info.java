/** The lab's machines: a Debian tree booted by systemd-nspawn with the deployed user data. */
package org.dbtbastion.local.lab.machine;
