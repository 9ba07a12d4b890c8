/** Reads the network around a bastion, for the audit, by descriptions of AWS's alone. */
package org.dbtbastion.aws.snapshot;
