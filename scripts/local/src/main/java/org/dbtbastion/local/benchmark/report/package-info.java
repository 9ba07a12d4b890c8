/** What came of measuring, and how it is shown: as a table and as JSON. */
package org.dbtbastion.local.benchmark.report;
