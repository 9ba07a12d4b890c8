/**
 * What is deployed: connections, the bastion's hosts, their host keys, and the check's own key.
 * This package owns the interface through which they are read ({@link
 * org.dbtbastion.deployment.Deployment}).
 */
package org.dbtbastion.deployment;
