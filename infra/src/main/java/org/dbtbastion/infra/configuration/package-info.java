/** What the user decides, read from the CDK context; it knows nothing of CDK. */
package org.dbtbastion.infra.configuration;
