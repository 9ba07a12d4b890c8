/**
 * IAM in front of the emulated account: who calls, what the call needs, and whether the policies
 * that are deployed there allow it.
 */
package org.dbtbastion.standins.iam;
