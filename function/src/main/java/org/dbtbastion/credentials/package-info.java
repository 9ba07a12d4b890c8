/**
 * What a connection logs in with, and where it is obtained: from secrets, from Redshift, from
 * identity providers. This package owns the interfaces through which it reaches those.
 */
package org.dbtbastion.credentials;
