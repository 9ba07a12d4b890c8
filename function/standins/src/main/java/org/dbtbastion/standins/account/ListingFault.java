package org.dbtbastion.standins.account;

/** Why hosts get no listing of the keys, or half of one, though Systems Manager answers. */
public enum ListingFault {
  /** Every request is one too many. */
  THROTTLING("ThrottlingException") {
    @Override
    public void breakIn(SystemsManagerFront front) {
      front.throttleNext(Integer.MAX_VALUE);
    }

    @Override
    public void mendIn(SystemsManagerFront front) {
      front.throttleNext(0);
    }
  },

  /** The first page comes, the second does not: needs more keys than fit on a page. */
  HALF_A_LISTING("InternalServerError") {
    @Override
    public void breakIn(SystemsManagerFront front) {
      front.failPage(2);
    }

    @Override
    public void mendIn(SystemsManagerFront front) {
      front.failPage(0);
    }
  };

  /** How many keys Systems Manager lists at once. Source: its GetParametersByPath. */
  public static final int PAGE = 10;

  private final String error;

  ListingFault(String error) {
    this.error = error;
  }

  /** What the AWS CLI calls it. */
  public String error() {
    return error;
  }

  public abstract void breakIn(SystemsManagerFront front);

  public abstract void mendIn(SystemsManagerFront front);
}
