/** Holds README.md to what it promises. */
package org.dbtbastion.infra.readme;
