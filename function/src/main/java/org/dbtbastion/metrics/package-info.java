/**
 * The function's metrics in CloudWatch: their names, and how they get there. It knows what checks
 * and pushes come to; neither knows it.
 */
package org.dbtbastion.metrics;
