/** The READMEs as their readers copy from them. */
package org.dbtbastion.standins.readme;
