/** A stand-in for the identity providers of IAM Identity Center: Okta and Microsoft Entra. */
package org.dbtbastion.standins.idp;
