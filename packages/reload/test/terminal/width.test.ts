// The lines of a supervisor in the width of its terminal.
import { expect, test } from 'vitest'
import { superviseProject } from '../supervised-process.ts'
import { openTerminal } from './terminal-screen.ts'

const MISSING = './a-folder-with-a-long-name/and-a-file-of-a-name-that-is-long-as-well.ts'
const BROKEN = `export { message } from '${MISSING}' // ${'and a long remark '.repeat(9)}\n`
/** The sentence about it, in which every word is checked. */
const SENTENCE = `[reload] Cannot find '${MISSING}' imported by message.ts: there is no such file. Check the path and the extension.`

test.each([80, 120])(
  'at %i columns a line breaks between words, and a frame is cut',
  async (columns) => {
    const terminal = await openTerminal(undefined, columns)
    terminal.enter(terminal.command)
    // The application says first that it is ready.
    await terminal.shows('[reload] ready in')
    terminal.clear()
    terminal.app.project.write({ 'message.ts': BROKEN })
    await terminal.shows('still serving the last working version')
    const lines = terminal.text().split('\n')
    const end = lines.findIndex((line) => line.endsWith('the extension.'))
    expect(
      lines
        .slice(0, end + 1)
        .join(' ')
        .trim(),
    ).toBe(SENTENCE)
    expect(lines.filter((line) => line.startsWith('> 1 | '))).toEqual([expect.stringMatching(/…$/)])
    expect(lines.some((line) => line.startsWith('and a long remark'))).toBe(false)
    terminal.press('C-c')
  },
  60_000,
)

test('through a pipe a line is one line, and a frame is whole', async () => {
  const app = await superviseProject()
  await app.next('ready')
  app.project.write({ 'message.ts': BROKEN })
  const output = await app.printed('still serving the last working version')
  expect(output).toContain(`${SENTENCE}\n`)
  expect(output).toContain(`> 1 | ${BROKEN.trimEnd()}`)
})
