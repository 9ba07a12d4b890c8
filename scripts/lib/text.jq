# Text for a terminal.

# What came from outside must not steer the terminal, nor reorder what is read.
def clean_lines:
  explode
  | map(if . == 10 or (. >= 32 and . < 127) or (. >= 160 and (. < 8234 or . > 8238)
      and (. < 8294 or . > 8297)) then . else 63 end)
  | implode;

def clean: clean_lines | gsub("\n"; " ");

# Columns of one character: none for accents, two for East Asian ones.
def columns:
  if (. >= 768 and . <= 879) or (. >= 2304 and . <= 2307) or . == 8205 then 0
  elif (. >= 4352 and . <= 4447) or (. >= 11904 and . <= 42191) or (. >= 44032 and . <= 55203)
    or (. >= 63744 and . <= 64255) or (. >= 65072 and . <= 65135) or (. >= 65281 and . <= 65376)
    or (. >= 127744 and . <= 129791) or (. >= 131072 and . <= 262141) then 2
  else 1 end;

def width: explode | map(columns) | add // 0;

def spaces($n): if $n <= 0 then "" else " " * $n end;

def pad($n): . + spaces($n - width);

def lpad($n): spaces($n - width) + .;

# Lines of at most this width, broken at spaces; one line if the width is 0.
def wrap($room):
  if $room <= 0 then [.]
  else
    reduce split(" ")[] as $word ([];
      if length > 0 and (.[-1] | width) + 1 + ($word | width) <= $room
      then .[:-1] + [.[-1] + " " + $word]
      else . + [$word] end)
  end;

def coloured($code; $colours): if $colours and . != "" then "\u001b[\($code)m\(.)\u001b[0m" else . end;
def bold($colours): coloured("1"; $colours);
def dim($colours): coloured("2"; $colours);
def red($colours): coloured("31"; $colours);
def green($colours): coloured("32"; $colours);
def yellow($colours): coloured("33"; $colours);

# Rows of cells, the first of them headings, as lines.
def table($colours):
  . as $rows
  | [range(0; $rows[0] | length) as $i | [$rows[][$i] | width] | max] as $widths
  | [$rows[] | [range(0; length) as $i | .[$i] | pad($widths[$i])] | join("  ") | sub(" +$"; "")]
  | (.[0] | bold($colours)), .[1:][];
