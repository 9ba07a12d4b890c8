/**
 * The check: which connections and routes are checked when, and what each stage does.
 *
 * <p>This package owns the interfaces through which it reaches SSH ({@link
 * org.dbtbastion.check.Ssh}) and the warehouse ({@link org.dbtbastion.check.WarehouseClient});
 * other packages implement them.
 */
package org.dbtbastion.check;
