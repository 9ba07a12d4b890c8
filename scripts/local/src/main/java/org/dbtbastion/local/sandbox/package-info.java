/**
 * The whole path on one machine, without an AWS account: what {@code scripts/sandbox} runs, and the
 * system tests too.
 */
package org.dbtbastion.local.sandbox;
