/** The warehouses behind the bastion: as the user names them, and as CDK's lookups find them. */
package org.dbtbastion.infra.warehouse;
