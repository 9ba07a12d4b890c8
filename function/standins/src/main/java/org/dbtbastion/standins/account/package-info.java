/** A stand-in for the AWS account: moto, and what stands in front of it. */
package org.dbtbastion.standins.account;
