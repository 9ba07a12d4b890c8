/** What is typed into dbt, and its profiles.yml: the only package that knows YAML. */
package org.dbtbastion.dbt;
