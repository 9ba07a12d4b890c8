/** What is wrong with what somebody gave, all of it at once. It needs the JDK alone. */
package org.dbtbastion.problem;
