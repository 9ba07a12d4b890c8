/**
 * SSH keys as OpenSSH writes them. {@link org.dbtbastion.keys.PublicKey#parse} judges what somebody
 * pasted, as strictly as {@code ssh-keygen -l} or stricter.
 *
 * <p>What a caller can get wrong is answered with a value that holds a stable code and a remedy.
 * Nothing here ever repeats key material that it refused.
 */
package org.dbtbastion.keys;
