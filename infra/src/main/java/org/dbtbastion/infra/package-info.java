/** The AWS CDK app that deploys a bastion and everything around it. */
package org.dbtbastion.infra;
