/**
 * Makes {@code function.zip} small and quick to load classes from. A program of the build; nothing
 * of it is shipped.
 */
package org.dbtbastion.shrink;
