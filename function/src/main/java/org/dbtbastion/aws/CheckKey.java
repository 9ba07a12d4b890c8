package org.dbtbastion.aws;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.registry.CheckKeyPair;
import org.dbtbastion.registry.CheckKeyPairs;

/** The check's private key, as a SecureString in Parameter Store. */
public final class CheckKey implements CheckKeyPairs {

  static final String PARAMETER = "check-key";

  private final Parameters parameters;
  private final Supplier<CheckKeyPair> generator;
  private final Function<String, Optional<CheckKeyPair>> reader;

  /**
   * @param generator makes a key pair
   * @param reader works the pair out from the private half
   */
  public CheckKey(
      Parameters parameters,
      Supplier<CheckKeyPair> generator,
      Function<String, Optional<CheckKeyPair>> reader) {
    this.parameters = parameters;
    this.generator = generator;
    this.reader = reader;
  }

  @Override
  public CheckKeyPair generate() {
    return generator.get();
  }

  @Override
  public Optional<CheckKeyPair> find(Deadline deadline) {
    return parameters.find(PARAMETER, deadline).map(Parameters.Entry::value).flatMap(reader);
  }

  @Override
  public void keep(CheckKeyPair pair, Deadline deadline) {
    parameters.writeSecurely(PARAMETER, pair.privateKey(), deadline);
  }
}
