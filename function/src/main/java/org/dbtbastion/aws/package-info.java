/** The AWS SDK: the only package that knows it. Adapters of what the other packages ask for. */
package org.dbtbastion.aws;
