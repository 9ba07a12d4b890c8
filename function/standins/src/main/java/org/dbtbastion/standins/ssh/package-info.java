/** Real OpenSSH servers, key pairs, and what nobody may do at a bastion. */
package org.dbtbastion.standins.ssh;
