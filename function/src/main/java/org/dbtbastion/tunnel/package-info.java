/** SSH as a client, on JSch: the only package that knows it. */
package org.dbtbastion.tunnel;
