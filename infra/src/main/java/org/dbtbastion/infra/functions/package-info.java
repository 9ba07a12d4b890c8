/** What the Lambda functions of a bastion have in common: the zip, the role, the schedules. */
package org.dbtbastion.infra.functions;
