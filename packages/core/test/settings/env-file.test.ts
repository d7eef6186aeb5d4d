// Env files: the test inputs of dotenv (tests/.env, tests/.env.multiline) and of pydantic-settings (test_settings.py)
// give the same values, except where a test says otherwise.
import { parse } from 'dotenv'
import { describe, expect, test } from 'vitest'
import { parseEnvFile } from '../../src/settings/env-file.ts'

const values = (text: string) => parseEnvFile(text).values

const dotenvBasic = String.raw`BASIC=basic

# previous line intentionally left blank
AFTER_LINE=after_line
EMPTY=
SINGLE_QUOTES='single_quotes'
SINGLE_QUOTES_SPACED='    single quotes    '
DOUBLE_QUOTES="double_quotes"
DOUBLE_QUOTES_SPACED="    double quotes    "
DOUBLE_QUOTES_INSIDE_SINGLE='double "quotes" work inside single quotes'
SINGLE_QUOTES_INSIDE_DOUBLE="single 'quotes' work inside double quotes"
EXPAND_NEWLINES="expand\nnew\nlines"
DONT_EXPAND_UNQUOTED=dontexpand\nnewlines
DONT_EXPAND_SQUOTED='dontexpand\nnewlines'
# COMMENTS=work
INLINE_COMMENTS=inline comments # work #very #well
INLINE_COMMENTS_SINGLE_QUOTES='inline comments outside of #singlequotes' # work
INLINE_COMMENTS_DOUBLE_QUOTES="inline comments outside of #doublequotes" # work
EQUAL_SIGNS=equals==
RETAIN_INNER_QUOTES={"foo": "bar"}
RETAIN_INNER_QUOTES_AS_STRING='{"foo": "bar"}'
TRIM_SPACE_FROM_UNQUOTED=    some spaced out string
USERNAME=therealnerdybeast@example.tld
    SPACED_KEY = parsed
`
const dotenvMultiline = `MULTI_DOUBLE_QUOTED="THIS
IS
A
MULTILINE
STRING"

MULTI_SINGLE_QUOTED='THIS
IS
A
MULTILINE
STRING'

MULTI_BACKTICKED=\`THIS
IS
A
"MULTILINE'S"
STRING\`
INLINE_COMMENTS_BACKTICKS=\`inline comments outside of #backticks\` # work
INLINE_COMMENTS_SPACE_BEFORE_HASH=inline comments start with a #number sign. no space required.
`

describe('the test inputs of dotenv', () => {
  test('tests/.env', () => {
    expect(values(dotenvBasic)).toEqual({
      BASIC: 'basic',
      AFTER_LINE: 'after_line',
      EMPTY: '',
      SINGLE_QUOTES: 'single_quotes',
      SINGLE_QUOTES_SPACED: '    single quotes    ',
      DOUBLE_QUOTES: 'double_quotes',
      DOUBLE_QUOTES_SPACED: '    double quotes    ',
      DOUBLE_QUOTES_INSIDE_SINGLE: 'double "quotes" work inside single quotes',
      SINGLE_QUOTES_INSIDE_DOUBLE: "single 'quotes' work inside double quotes",
      EXPAND_NEWLINES: 'expand\nnew\nlines',
      DONT_EXPAND_UNQUOTED: 'dontexpand\\nnewlines',
      DONT_EXPAND_SQUOTED: 'dontexpand\\nnewlines',
      INLINE_COMMENTS: 'inline comments',
      INLINE_COMMENTS_SINGLE_QUOTES: 'inline comments outside of #singlequotes',
      INLINE_COMMENTS_DOUBLE_QUOTES: 'inline comments outside of #doublequotes',
      EQUAL_SIGNS: 'equals==',
      RETAIN_INNER_QUOTES: '{"foo": "bar"}',
      RETAIN_INNER_QUOTES_AS_STRING: '{"foo": "bar"}',
      TRIM_SPACE_FROM_UNQUOTED: 'some spaced out string',
      USERNAME: 'therealnerdybeast@example.tld',
      SPACED_KEY: 'parsed',
    })
  })

  test('tests/.env.multiline', () => {
    expect(values(dotenvMultiline)).toEqual({
      MULTI_DOUBLE_QUOTED: 'THIS\nIS\nA\nMULTILINE\nSTRING',
      MULTI_SINGLE_QUOTED: 'THIS\nIS\nA\nMULTILINE\nSTRING',
      MULTI_BACKTICKED: 'THIS\nIS\nA\n"MULTILINE\'S"\nSTRING',
      INLINE_COMMENTS_BACKTICKS: 'inline comments outside of #backticks',
      INLINE_COMMENTS_SPACE_BEFORE_HASH: 'inline comments start with a',
    })
  })

  test('the same files give the same values as dotenv itself, also with Windows line ends', () => {
    for (const text of [dotenvBasic, dotenvMultiline]) {
      expect(values(text)).toEqual(parse(text))
      expect(values(text.replaceAll('\n', '\r\n'))).toEqual(parse(text))
    }
  })
})

describe('the test inputs of pydantic-settings', () => {
  test.each([
    [
      'comments and quotes',
      '# this is a comment\nA=good string\n# another one, followed by whitespace\n\n  \nB=\'better string\'\nC="best string"\n',
      { A: 'good string', B: 'better string', C: 'best string' },
    ],
    [
      'export',
      'export A=\'good string\'\nexport B=better-string\nexport C="best string"\n',
      { A: 'good string', B: 'better-string', C: 'best string' },
    ],
    ['JSON', "FOO='[1, 2, 3]'\n", { FOO: '[1, 2, 3]' }],
    ['a value without quotes that contains them', 'A=it\'s "x"\n', { A: 'it\'s "x"' }],
  ])('%s', (_, text, expected) => {
    expect(values(text)).toEqual(expected)
  })
})

describe('a variable after', () => {
  test.each([
    ['an indented comment', 'A=1\n  # indented\nB=2\n'],
    ['a line of blanks', 'A=1\n   \nB=2\n'],
    ['a line of tabs', 'A=1\n\t\t\nB=2\n'],
    ['a line without an assignment', 'A=1\n---\nB=2\n'],
    ['a word', 'A=1\nFOO\nB=2\n'],
    ['a comment with an apostrophe', "# don't\nA=1 # it's\nB=2\n"],
    ['a byte order mark', '\uFEFFA=1\nB=2\n'],
    ['an assignment without a name', 'A=1\n=1\nB=2\n'],
  ])('%s is read', (_, text) => {
    expect(values(text)).toEqual({ A: '1', B: '2' })
  })
})

describe('a number sign', () => {
  // dotenv gives 'pa', '' and 'inline comments start with a': it takes every number sign outside quotes for a comment.
  test.each([
    ['inside a value belongs to it', 'A=pa#ss', 'pa#ss'],
    ['at the beginning of a word belongs to it', 'A=#ff0000', '#ff0000'],
    [
      'without a blank before it belongs to the value',
      'A=inline comments start with a#space',
      'inline comments start with a#space',
    ],
    ['after a blank begins a comment', 'A=pass # note', 'pass'],
    ['after an empty value begins a comment', 'A= # note', ''],
    ['followed by a blank begins a comment', 'A=# note', ''],
    ['beside quotes is kept', `A=a"b#c'd`, `a"b#c'd`],
  ])('%s', (_, text, expected) => {
    expect(values(text)).toEqual({ A: expected })
  })
})

describe('an env file', () => {
  test('reports the number of a line that is not an assignment', () => {
    const { warnings } = parseEnvFile('A=1\n\n---\nB="x\ny"\nFOO\n')
    expect(warnings).toEqual([
      'line 3 is not an assignment. Write NAME=value, or begin the line with #',
      'line 6 is not an assignment. Write NAME=value, or begin the line with #',
    ])
  })

  test('with a quotation mark that is not closed is refused', () => {
    expect(parseEnvFile('A=1\nB="x\nC=3\n').problems).toEqual([
      'the quotation mark in line 2 is not closed. Close it, or remove it from the value of B',
    ])
  })
})
