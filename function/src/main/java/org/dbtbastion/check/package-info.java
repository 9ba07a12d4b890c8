/**
 * What a check is: the stages of a route, what can come of them, and the report.
 *
 * <p>This package owns the interfaces through which it reaches SSH ({@link
 * org.dbtbastion.check.Ssh}), the warehouse ({@link org.dbtbastion.check.Warehouse}) and the
 * deployment ({@link org.dbtbastion.check.Deployment}); other packages implement them.
 */
package org.dbtbastion.check;
