/** Stacks that are synthesized for tests, and the account in which their lookups find things. */
package org.dbtbastion.infra.synthesis;
