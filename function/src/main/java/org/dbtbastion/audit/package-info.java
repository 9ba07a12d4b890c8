/**
 * What is wrong with the network around a bastion: analyses of the network paths that a failed
 * check casts doubt on, and findings, each with its remedy.
 */
package org.dbtbastion.audit;
