/** The files that make a machine a bastion, run by the current user against the real OpenSSH. */
package org.dbtbastion.infra.bastion;
