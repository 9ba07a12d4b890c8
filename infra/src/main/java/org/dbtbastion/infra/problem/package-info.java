/** What is wrong with what the user gave, and what to do about it. */
package org.dbtbastion.infra.problem;
