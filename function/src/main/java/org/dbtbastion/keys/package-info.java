/**
 * Which SSH keys may enter the bastion: what a public key is, what is recorded about one, and the
 * registry that adds, removes and lists them.
 *
 * <p>{@link PublicKey#parse} judges what somebody pasted, as strictly as {@code ssh-keygen -l} or
 * stricter. {@link KeyRegistry} works on two ports that this package owns and others implement:
 * {@link KeyStore}, which keeps one entry per key, and {@link HostPush}, which tells the hosts to
 * fetch the keys now.
 *
 * <p>What a caller can get wrong is answered with a value that holds a stable code and a remedy.
 * Nothing here ever repeats key material that it refused.
 */
package org.dbtbastion.keys;
