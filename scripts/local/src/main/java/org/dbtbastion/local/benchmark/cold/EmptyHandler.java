package org.dbtbastion.local.benchmark.cold;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** The least that a function in Java can do: what is left is the runtime's own start. */
public final class EmptyHandler implements RequestStreamHandler {

  /** For Lambda's settings. */
  static final String HANDLER = EmptyHandler.class.getName() + "::handleRequest";

  /** Writes a deployment package with this class alone. */
  static Path zip(Path file) throws IOException {
    String name = EmptyHandler.class.getName().replace('.', '/') + ".class";
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file));
        InputStream bytes = EmptyHandler.class.getClassLoader().getResourceAsStream(name)) {
      zip.putNextEntry(new ZipEntry(name));
      bytes.transferTo(zip);
    }
    return file;
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, Context context)
      throws IOException {
    output.write("{}".getBytes(StandardCharsets.UTF_8));
  }
}
