/** Holds the READMEs to what they promise. */
package org.dbtbastion.infra.readme;
