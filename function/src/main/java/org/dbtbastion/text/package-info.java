/**
 * Text for people: what others wrote, made printable, and the names of constants. It needs the JDK
 * alone.
 */
package org.dbtbastion.text;
