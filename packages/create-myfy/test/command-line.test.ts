import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { parseCommandLine, shellQuote } from '../src/command-line.ts'

describe('the command line', () => {
  test.each([
    [['app'], { directory: 'app' }],
    [['app', '--template', 'worker'], { directory: 'app', template: 'worker' }],
    [['-t', 'minimal', 'app', '--no-install'], { directory: 'app', template: 'minimal', install: false }],
    [['app', '--json'], { directory: 'app', json: true }],
    [['--help'], { help: true }],
  ])('%j is parsed', (words, expected) => {
    expect(parseCommandLine(words)).toMatchObject(expected)
  })

  test.each([
    [['one', 'two'], 'Cannot create a project in one and two: these are 2 folders. Name one.'],
    [
      ['app', '--template', 'large'],
      'Cannot use the template large: there is no such template. Use minimal, api, worker.',
    ],
    [['app', '--typescript'], "Cannot read the command line: Unknown option '--typescript'."],
  ])('%j is refused', (words, message) => {
    expect(() => parseCommandLine(words)).toThrow(message)
  })
})

describe('a quoted folder', () => {
  test.each(['my-app', 'my app', "it's", '$HOME', '`id`', 'a;b', 'a"b', '-x', '~', '#1', 'é ü', 'a\\b', '*'])(
    '%j is one word for a shell',
    (folder) => {
      const output = execFileSync('sh', ['-c', `printf '%s' ${shellQuote(folder, 'linux')}`], {
        encoding: 'utf8',
      })
      expect(output.replace(/^\.\/-/, '-')).toBe(folder)
    },
  )

  test('is in double quotes on Windows', () => {
    expect(shellQuote('my app', 'win32')).toBe('"my app"')
  })
})
