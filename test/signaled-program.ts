// A program of a document as a process: its lines, and its exit code after a signal.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { blocks } from './markdown.ts'
import { flags } from './project.ts'

/** Writes the example with a label into a project. Returns the path of its file. */
export function writeExample(project: string, document: string, label: string): string {
  const block = blocks(document).find((one) => one.label === label)
  if (!block) throw new Error(`Cannot find an example with the label ${label} in ${document}.`)
  const file = join(project, `${label}.ts`)
  writeFileSync(file, block.code)
  return file
}

/** The output of a process, line by line. */
class Output {
  readonly lines: string[] = []
  /** Resolves to the exit code. */
  readonly exited: Promise<number | null>
  #wake = () => {}

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!])
      createInterface(stream).on('line', (line) => {
        this.lines.push(line)
        this.#wake()
      })
    this.exited = once(child, 'close').then(([code]) => {
      this.lines.push('(exited)')
      this.#wake()
      return code as number | null
    })
  }

  /** Resolves when a line matches, with the number of matches so far at least `count`. */
  async prints(pattern: RegExp, count = 1): Promise<string> {
    for (;;) {
      const found = this.lines.filter((line) => pattern.test(line))
      if (found.length >= count) return found.at(-1)!
      if (this.lines.includes('(exited)'))
        throw new Error(
          `Cannot find a line like ${pattern}: the program has exited. Its output:\n${this.lines.join('\n')}`,
        )
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

const environment = (more: Record<string, string>) => ({
  ...process.env,
  NO_COLOR: '1',
  LOG_FORMAT: 'text',
  LOG_LEVEL: 'info',
  ...more,
})

export class Program extends Output {
  readonly #child: ChildProcess

  /** @param leadsGroup true if the program and all that it starts are a process group of their own */
  constructor(
    file: string,
    env: Record<string, string>,
    args: readonly string[] = [],
    cwd?: string,
    leadsGroup = false,
  ) {
    const child = spawn(process.execPath, [...flags, file, ...args], {
      cwd,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: leadsGroup,
    })
    super(child)
    this.#child = child
  }

  /** Kills what is left of the group that the program leads. */
  killGroup(): void {
    try {
      process.kill(-(this.#child.pid ?? 0), 'SIGKILL')
    } catch {
      // Nothing is left.
    }
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal)
    return this.exited
  }
}

/** A program in a terminal of its own, by script(1) of Linux. The end of the terminal hangs up what is left in it. */
export class TerminalProgram extends Output {
  readonly #child: ChildProcess

  constructor(file: string, args: readonly string[]) {
    const words = [process.execPath, ...flags, file, ...args]
    const command = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    const child = spawn('script', ['-qefc', `exec ${command}`, '/dev/null'], {
      env: environment({}),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    super(child)
    this.#child = child
  }

  /** Presses Ctrl+C. */
  interrupt(): void {
    this.#child.stdin!.write('\x03')
  }

  /** Presses Ctrl+C again and again until a line matches: at first it counts as one key press. */
  async interruptUntil(pattern: RegExp): Promise<void> {
    const timer = setInterval(() => this.interrupt(), 100)
    await this.prints(pattern).finally(() => clearInterval(timer))
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
