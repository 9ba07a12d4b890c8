/** AWS Lambda on this machine: the packaged functions under AWS's own runtime client. */
package org.dbtbastion.standins.lambda;
