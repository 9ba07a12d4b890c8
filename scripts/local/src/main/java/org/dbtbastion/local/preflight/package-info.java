/**
 * Asks an AWS account what would make a deployment fail or a bastion useless, before the
 * deployment: by calls that change nothing.
 */
package org.dbtbastion.local.preflight;
