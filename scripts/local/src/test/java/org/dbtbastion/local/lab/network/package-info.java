/** The lab's network: a namespace for each host, routed and filtered as the VPC does it. */
package org.dbtbastion.local.lab.network;
