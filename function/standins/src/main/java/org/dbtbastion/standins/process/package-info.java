/** Running real programs, and finding them, ports and the repository's own files. */
package org.dbtbastion.standins.process;
