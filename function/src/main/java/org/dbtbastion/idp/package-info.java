/** Identity providers: tokens by OAuth 2.0. */
package org.dbtbastion.idp;
