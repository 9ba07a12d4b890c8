/** Rows about new execution environments of the functions: their first answers and their memory. */
package org.dbtbastion.local.benchmark.cold;
