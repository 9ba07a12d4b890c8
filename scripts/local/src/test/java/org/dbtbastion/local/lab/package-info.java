/**
 * The host lab: bastions booted by the deployed user data on this machine, with real systemd,
 * cloud-init and OpenSSH, in a network of their own. It needs root on Linux.
 */
package org.dbtbastion.local.lab;
