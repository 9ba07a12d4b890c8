package org.dbtbastion.integration;

import static org.dbtbastion.report.Code.CONNECTION_CLOSED;
import static org.dbtbastion.report.Code.CREDENTIALS_TIMEOUT;
import static org.dbtbastion.report.Code.LARGE_RESULT_TIMEOUT;
import static org.dbtbastion.report.Code.LOGIN_FAILED;
import static org.dbtbastion.report.Code.LOGIN_TIMEOUT;
import static org.dbtbastion.report.Code.NOT_REDSHIFT;
import static org.dbtbastion.report.Code.NOT_SSH_SERVER;
import static org.dbtbastion.report.Code.NO_COMMON_ALGORITHM;
import static org.dbtbastion.report.Code.NO_TLS;
import static org.dbtbastion.report.Code.PASSWORD_REFUSED;
import static org.dbtbastion.report.Code.QUERY_FAILED;
import static org.dbtbastion.report.Code.QUERY_TIMEOUT;
import static org.dbtbastion.report.Code.SSH_BANNER_TIMEOUT;
import static org.dbtbastion.report.Code.SSH_CLOSED;
import static org.dbtbastion.report.Code.SSH_KEY_EXCHANGE_TIMEOUT;
import static org.dbtbastion.report.Code.TLS_FAILED;
import static org.dbtbastion.report.Code.TLS_TIMEOUT;
import static org.dbtbastion.report.Code.TOKEN_ENDPOINT_UNREACHABLE;
import static org.dbtbastion.report.Code.TOKEN_MALFORMED;
import static org.dbtbastion.report.Code.TOKEN_REFUSED;

import java.util.Set;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Stage;
import org.dbtbastion.standins.hostile.HostileRedshift;
import org.dbtbastion.standins.hostile.HostileSsh;
import org.dbtbastion.standins.hostile.HostileTokenEndpoint;

/**
 * How a check ends at each hostile server.
 *
 * @param stage the stage that fails
 * @param codes the codes that it may fail with; several where timing decides
 */
record HostileOutcome(Stage stage, Set<Code> codes) {

  static HostileOutcome of(HostileRedshift warehouse) {
    return switch (warehouse) {
      case REFUSES_TLS_WITHOUT_AN_END -> at(Stage.TLS, NO_TLS);
      case ANSWERS_NOISE, ANSWERS_AN_ERROR_BEFORE_TLS -> at(Stage.TLS, NOT_REDSHIFT);
      case IS_SILENT_IN_TLS, SENDS_HALF_A_TLS_RECORD, SPEAKS_TLS_BYTE_BY_BYTE ->
          at(Stage.TLS, TLS_TIMEOUT);
      case CLOSES_IN_TLS -> at(Stage.TLS, CONNECTION_CLOSED);
      case SENDS_HALF_A_TLS_RECORD_AND_CLOSES -> at(Stage.TLS, CONNECTION_CLOSED, TLS_FAILED);
      case SENDS_A_TLS_RECORD_OF_64_KB, SENDS_A_HANDSHAKE_MESSAGE_OF_16_MB, SENDS_TLS_NOISE ->
          at(Stage.TLS, TLS_FAILED);
      case SENDS_TLS_WARNINGS_WITHOUT_AN_END ->
          at(Stage.TLS, TLS_FAILED, TLS_TIMEOUT, CONNECTION_CLOSED);
      case IS_SILENT_AT_LOGIN, SENDS_HALF_AN_ERROR, SENDS_AN_ERROR_BYTE_BY_BYTE ->
          at(Stage.LOGIN, LOGIN_TIMEOUT);
      case CLOSES_AT_LOGIN,
          MAKES_NOISE_AT_LOGIN,
          SENDS_AN_ERROR_OF_2_GB,
          SENDS_AN_ERROR_OF_NEGATIVE_LENGTH,
          SENDS_HALF_AN_ERROR_AND_CLOSES,
          SENDS_A_LONG_ERROR_THAT_STEERS_THE_TERMINAL,
          ASKS_FOR_AN_UNKNOWN_LOGIN,
          HAS_A_SALT_OF_2_GB ->
          at(Stage.LOGIN, LOGIN_FAILED);
      case SENDS_ERRORS_WITHOUT_AN_END, REPEATS_THE_PASSWORD -> at(Stage.LOGIN, PASSWORD_REFUSED);
      case GIVES_NOTICE_WITHOUT_AN_END,
          SETS_PARAMETERS_WITHOUT_AN_END,
          SETS_A_PARAMETER_WITHOUT_AN_END ->
          at(Stage.LOGIN, LOGIN_FAILED, LOGIN_TIMEOUT);
      case IS_SILENT_AT_THE_QUERY, SENDS_HALF_A_ROW, SENDS_A_ROW_BYTE_BY_BYTE ->
          at(Stage.QUERY, QUERY_TIMEOUT);
      case CLOSES_AT_THE_QUERY,
          MAKES_NOISE_AT_THE_QUERY,
          SENDS_ROWS_WITHOUT_AN_END,
          SENDS_A_ROW_OF_2_GB,
          SENDS_A_ROW_OF_64_MB,
          HAS_65535_COLUMNS ->
          at(Stage.QUERY, CONNECTION_CLOSED, QUERY_FAILED);
      case ANSWERS_NO_ROW, ANSWERS_TEXT_WHERE_NUMBERS_ARE, REPEATS_THE_PASSWORD_IN_AN_ERROR ->
          at(Stage.QUERY, QUERY_FAILED);
      case ANSWERS_NOTHING_IN_A_ROW -> at(Stage.QUERY, LARGE_RESULT_TIMEOUT);
    };
  }

  static HostileOutcome of(HostileSsh bastion) {
    return new HostileOutcome(
        Stage.HOST_KEY,
        switch (bastion) {
          case SILENT -> Set.of(SSH_BANNER_TIMEOUT);
          case CLOSES,
              CLOSES_AFTER_ITS_VERSION,
              SENDS_HALF_ITS_ALGORITHMS_AND_CLOSES,
              EXCHANGES_NOISE_FOR_KEYS,
              EXCHANGES_A_HOST_KEY_OF_4_GB,
              SAYS_GOODBYE ->
              Set.of(SSH_CLOSED);
          case GREETS_WITHOUT_AN_END,
              GREETS_IN_ONE_ENDLESS_LINE,
              GREETS_BYTE_BY_BYTE,
              MAKES_NOISE,
              STEERS_THE_TERMINAL,
              IS_OF_VERSION_1 ->
              Set.of(NOT_SSH_SERVER);
          case HAS_AN_ENDLESS_VERSION,
              SENDS_A_PACKET_OF_4_GB,
              SENDS_A_PACKET_OF_256_KB,
              SENDS_EMPTY_PACKETS,
              SENDS_PACKETS_OF_NOISE,
              PADS_MORE_THAN_IT_SENDS,
              ASKS_TO_IGNORE_WITHOUT_AN_END ->
              Set.of(SSH_CLOSED, SSH_KEY_EXCHANGE_TIMEOUT);
          case SAYS_ITS_VERSION_BYTE_BY_BYTE -> Set.of(SSH_KEY_EXCHANGE_TIMEOUT, NOT_SSH_SERVER);
          case IS_SILENT_AFTER_ITS_VERSION,
              SENDS_HALF_ITS_ALGORITHMS,
              SENDS_ITS_ALGORITHMS_BYTE_BY_BYTE,
              IS_SILENT_AFTER_ITS_ALGORITHMS ->
              Set.of(SSH_KEY_EXCHANGE_TIMEOUT);
          case HAS_ALGORITHMS_WITHOUT_LENGTH -> Set.of(SSH_CLOSED, NO_COMMON_ALGORITHM);
          case HAS_STRANGE_ALGORITHMS -> Set.of(NO_COMMON_ALGORITHM);
        });
  }

  static HostileOutcome of(HostileTokenEndpoint endpoint) {
    return new HostileOutcome(
        Stage.CREDENTIALS,
        switch (endpoint) {
          case IS_SILENT, ANSWERS_BYTE_BY_BYTE, HAS_A_BODY_BYTE_BY_BYTE ->
              Set.of(CREDENTIALS_TIMEOUT);
          case CLOSES -> Set.of(TOKEN_ENDPOINT_UNREACHABLE);
          case MAKES_NOISE -> Set.of(TOKEN_ENDPOINT_UNREACHABLE, TOKEN_MALFORMED);
          case HAS_AN_ENDLESS_STATUS_LINE,
              HAS_AN_ENDLESS_HEADER,
              HAS_HEADERS_WITHOUT_AN_END,
              CONTINUES_WITHOUT_AN_END ->
              Set.of(TOKEN_ENDPOINT_UNREACHABLE, TOKEN_MALFORMED, CREDENTIALS_TIMEOUT);
          case HAS_AN_ENDLESS_BODY, SAYS_HTML, NESTS_DEEPLY, SENDS_ELSEWHERE ->
              Set.of(TOKEN_MALFORMED);
          case HAS_ENDLESS_CHUNKS, HAS_A_CHUNK_OF_2_GB, SENDS_HALF_A_BODY ->
              Set.of(TOKEN_MALFORMED, TOKEN_ENDPOINT_UNREACHABLE);
          case STEERS_THE_TERMINAL, REPEATS_THE_REQUEST -> Set.of(TOKEN_REFUSED);
        });
  }

  private static HostileOutcome at(Stage stage, Code... codes) {
    return new HostileOutcome(stage, Set.of(codes));
  }
}
