package org.dbtbastion.standins.net;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate authority made on the spot, which nobody trusts until told to.
 *
 * <p>Its key lives in memory only. Immutable and safe for use by several threads.
 */
public final class CertificateAuthority {

  private static final Duration LIFETIME = Duration.ofDays(30);
  private static final char[] IN_MEMORY = "in-memory".toCharArray();

  private final KeyPair keys;
  private final X509Certificate certificate;

  private CertificateAuthority(KeyPair keys, X509Certificate certificate) {
    this.keys = keys;
    this.certificate = certificate;
  }

  /**
   * Makes an authority.
   *
   * @param commonName its name in certificates, for example {@code "Redshift stand-in CA"}
   */
  public static CertificateAuthority create(String commonName) {
    KeyPair keys = newKeys();
    X500Name name = new X500Name("CN=" + commonName);
    try {
      X509v3CertificateBuilder builder = certificate(name, name, keys, Instant.now());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return new CertificateAuthority(keys, sign(builder, keys));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("Cannot make a certificate authority", e);
    }
  }

  /** Its own, self-signed certificate. */
  public X509Certificate certificate() {
    return certificate;
  }

  /**
   * What a TLS server needs to prove that it is any of these names.
   *
   * @param names host names or IP addresses, the first of which is the common name too
   */
  public SSLContext serverContext(String... names) {
    return serverContext(Instant.now(), names);
  }

  /** As {@link #serverContext}, with a certificate that expired a day ago. */
  public SSLContext expiredServerContext(String... names) {
    return serverContext(Instant.now().minus(LIFETIME).minus(Duration.ofDays(1)), names);
  }

  private SSLContext serverContext(Instant issued, String... names) {
    if (names.length == 0) {
      throw new IllegalArgumentException("A server certificate needs a name");
    }
    KeyPair serverKeys = newKeys();
    try {
      X509v3CertificateBuilder builder =
          certificate(
              new X500Name(certificate.getSubjectX500Principal().getName()),
              new X500Name("CN=" + names[0]),
              serverKeys,
              issued);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              Arrays.stream(names)
                  .map(CertificateAuthority::alternativeName)
                  .toArray(GeneralName[]::new)));
      KeyStore store = emptyStore();
      store.setKeyEntry(
          "server",
          serverKeys.getPrivate(),
          IN_MEMORY,
          new Certificate[] {sign(builder, keys), certificate});
      KeyManagerFactory keyManagers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keyManagers.init(store, IN_MEMORY);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keyManagers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("Cannot make a certificate for " + names[0], e);
    }
  }

  /** What a TLS client needs to trust this authority and no other. */
  public SSLContext clientContext() {
    try {
      TrustManagerFactory trustManagers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trustManagers.init(trustStore());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trustManagers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Writes a PKCS12 trust store with this authority alone, for {@code -Djavax.net.ssl.trustStore}.
   * It is neither encrypted nor sealed, so it needs no password, and any is accepted.
   *
   * @return the file
   */
  public Path writeTrustStore(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      try (OutputStream out = Files.newOutputStream(file)) {
        trustStore().store(out, null);
      }
      return file;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("Cannot write the trust store " + file, e);
    }
  }

  /**
   * Writes the authority's certificate as PEM.
   *
   * @return the file
   */
  public Path writePem(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded());
      return Files.writeString(
          file, "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("Cannot write " + file, e);
    }
  }

  private byte[] encoded() throws GeneralSecurityException {
    return certificate.getEncoded();
  }

  private KeyStore trustStore() throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    store.setCertificateEntry("ca", certificate);
    return store;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509v3CertificateBuilder certificate(
      X500Name issuer, X500Name subject, KeyPair keys, Instant issued)
      throws GeneralSecurityException, CertIOException {
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer,
            new BigInteger(64, new SecureRandom()).setBit(64),
            // A day of tolerance: clocks of virtual machines jump.
            Date.from(issued.minus(Duration.ofDays(1))),
            Date.from(issued.plus(LIFETIME)),
            subject,
            keys.getPublic());
    builder.addExtension(
        Extension.subjectKeyIdentifier,
        false,
        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
    return builder;
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, KeyPair signer)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
  }

  private static GeneralName alternativeName(String name) {
    boolean address = name.matches("[0-9.]+") || name.contains(":");
    return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, name);
  }
}
