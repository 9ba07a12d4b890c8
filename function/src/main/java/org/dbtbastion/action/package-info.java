/** What can be asked of the function. It needs the JDK alone, so that a deployment can use it. */
package org.dbtbastion.action;
