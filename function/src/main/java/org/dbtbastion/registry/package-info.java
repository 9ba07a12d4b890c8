/**
 * The registry of the keys that the bastion lets in: who registers and revokes them, how the hosts
 * are told, and the check's own key.
 *
 * <p>This package owns the interfaces through which it reaches storage ({@link
 * org.dbtbastion.registry.KeyStore}, {@link org.dbtbastion.registry.CheckKeyPairs}) and the hosts
 * ({@link org.dbtbastion.registry.HostPush}); other packages implement them.
 */
package org.dbtbastion.registry;
