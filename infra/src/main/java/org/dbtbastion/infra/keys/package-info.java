/** The function that registers public keys, and the SSM document that makes hosts apply them. */
package org.dbtbastion.infra.keys;
