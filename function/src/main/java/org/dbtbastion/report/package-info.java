/**
 * The outcome of a check: routes and their stages, the codes of what can go wrong, and the report.
 */
package org.dbtbastion.report;
