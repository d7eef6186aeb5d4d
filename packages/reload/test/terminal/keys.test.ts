import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { application, isAlive } from '../supervised-process.ts'
import { openTerminal, type TerminalScreen } from './terminal-screen.ts'

async function supervised(files?: (port: number) => Record<string, string>): Promise<TerminalScreen> {
  const terminal = await openTerminal(files)
  terminal.enter(`${terminal.command}; echo "EXIT $?"`)
  await terminal.shows(/ready in .*http/)
  return terminal
}

const served = async ({ port }: TerminalScreen) => (await fetch(`http://127.0.0.1:${port}/`)).status

describe('a single key', () => {
  test('h helps, r reloads, o opens the browser, c clears, q quits', async () => {
    const terminal = await supervised()
    terminal.press('h')
    await terminal.shows('q quit')
    terminal.press('r')
    await terminal.shows('(new process)')
    terminal.press('o')
    const opened = () => {
      try {
        return readFileSync(terminal.app.project.file('opened.txt'), 'utf8')
      } catch {
        return ''
      }
    }
    await expect.poll(opened, { timeout: 20_000 }).toBe(`OPENED http://127.0.0.1:${terminal.port}\n`)
    terminal.press('c')
    // Two keys that arrive together are no single key.
    await expect.poll(() => terminal.text(), { timeout: 20_000 }).not.toContain('q quit')
    terminal.press('q')
    await terminal.shows('EXIT 0')
  })

  test('is obeyed after the end of a worker that was forked before the keys were listened to', async () => {
    const terminal = await openTerminal()
    const options = JSON.stringify({ entry: 'app.ts', forkFirst: true })
    terminal.enter(terminal.command.replace(/'.*'/, `'${options}'`))
    await terminal.shows(/ready in .*http/)
    const { pid } = (await (await fetch(`http://127.0.0.1:${terminal.port}/pid`)).json()) as { pid: number }
    terminal.press('r')
    await terminal.shows('(new process)')
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false)
    terminal.press('h')
    await terminal.shows('q quit')
  })

  test('Ctrl+C stops, and the shell has its echo again', async () => {
    const terminal = await supervised()
    terminal.press('C-c')
    await terminal.shows('EXIT 0')
    terminal.enter(`stty -a | grep -o ' icanon\\| echo '`)
    await terminal.shows(/ icanon[\s\S]* echo/)
  })
})

describe('longer input', () => {
  test.each([
    ['pasted text', 'a question'],
    ['the answer to a query of the background color', '\u001b]11;rgb:1e1e/1e1e/1e1e\u001b\\'],
    ['the answer to a query of the device', '\u001b[?62;4c'],
    ['Alt+r', '\u001br'],
    ['Alt+q', '\u001bq'],
    ['arrow keys', '\u001b[A\u001b[B\u001b[C\u001b[D'],
    ['function keys', '\u001b[15~\u001bOP'],
  ])('is not a command: %s', async (_, input) => {
    const terminal = await supervised()
    terminal.clear()
    terminal.paste(input)
    // A busy process reads the paste and a key that follows it at once, as one longer input.
    const help = () => {
      terminal.press('h')
      return terminal.text()
    }
    await expect.poll(help, { timeout: 20_000, interval: 200 }).toMatch('q quit')
    expect(await served(terminal)).toBe(200)
  })
})

describe('job control', () => {
  test('a supervisor in the background serves, and has its keys after fg', async () => {
    const terminal = await openTerminal()
    terminal.enter(`${terminal.command} &`)
    await terminal.shows(/ready in .*http/)
    terminal.enter('jobs')
    await terminal.shows(/\[1\]\+?\s+Running/)
    expect(await served(terminal)).toBe(200)
    terminal.enter('fg')
    await terminal.shows(/SHELL> fg/)
    await expect
      .poll(
        () => {
          terminal.press('h')
          return terminal.shows('q quit').then(() => true)
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    terminal.press('C-c')
    await terminal.shows(/stopping \(SIGINT\)[\s\S]*SHELL>/)
  })

  test('Ctrl+Z suspends, the shell answers, and fg continues with the keys', async () => {
    const terminal = await supervised()
    terminal.press('C-z')
    await terminal.shows(/Stopped/)
    terminal.enter('echo the shell "answers"')
    await terminal.shows('the shell answers')
    terminal.clear()
    terminal.enter('fg')
    await expect.poll(() => served(terminal), { timeout: 20_000 }).toBe(200)
    terminal.press('h')
    await terminal.shows('q quit')
    terminal.press('C-c')
    await terminal.shows(/stopping \(SIGINT\)/)
  })
})

test('the standard input of the application stays open and empty', async () => {
  const terminal = await supervised((port) => ({
    ...application(port),
    'data.ts': `
import readline from 'node:readline'
import { BaseModule } from '@myfy/core'
export class DataModule extends BaseModule {
  start() {
    const lines = readline.createInterface({ input: process.stdin })
    lines.on('line', (line) => console.log('LINE', line))
    lines.on('close', () => console.log('INPUT', 'ENDED'))
  }
}
`,
  }))
  // The keys belong to the supervisor, also after the application has had the time to read.
  terminal.press('h')
  await terminal.shows('q quit')
  expect(terminal.text()).not.toMatch(/INPUT ENDED|LINE/)
})
