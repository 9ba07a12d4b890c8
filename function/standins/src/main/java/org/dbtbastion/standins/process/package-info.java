/** Runs real programs, and finds programs, free ports and the repository's own files. */
package org.dbtbastion.standins.process;
