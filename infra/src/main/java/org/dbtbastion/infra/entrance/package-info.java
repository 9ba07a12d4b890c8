/** What dbt connects to: an Elastic IP, or a Network Load Balancer. */
package org.dbtbastion.infra.entrance;
