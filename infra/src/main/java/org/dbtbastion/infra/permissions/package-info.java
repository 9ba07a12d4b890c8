/**
 * IAM policies in which every wildcard has a reason, and the findings of cdk-nag that were
 * reviewed.
 */
package org.dbtbastion.infra.permissions;
