// `myfy prove`: the application runs in every order in which things can happen, in virtual time.

import { DURATION_FORM, ExitCode, messageOf, parseDuration } from '@myfy/core/runtime'
import { prove as explore, type Proof, type ProvedProblem, type Replay, replay } from '@myfy/core/testing'
import { UsageError } from '../errors.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'
import { type FoundCreate, findCreate } from './find-create.ts'
import { writeTest } from './write-test.ts'

/** Options of `prove`. */
export interface ProveCommandOptions {
  readonly time: string
  readonly faults: string
  readonly replay?: string
  readonly adapt?: boolean
  readonly test: boolean
  readonly json?: boolean
  readonly profile?: string
}

/** Explores the application, or replays one interleaving. Exit code 1 if there is a problem. */
export async function prove(
  context: CliContext,
  requested: string | undefined,
  options: ProveCommandOptions,
): Promise<CommandResult> {
  const { env } = context
  if (options.profile) env.MYFY_PROFILE = options.profile
  const limits = { env, schedules: Number.POSITIVE_INFINITY, ...limitsOf(options) }
  const found = await findCreate(context, requested)
  const failed = options.replay
    ? printReplay(
        context,
        options,
        await replay(found.create, options.replay, { env, adapt: options.adapt ?? false }),
      )
    : printProof(context, options, found, await explore(found.create, limits))
  return { exitCode: failed ? ExitCode.failed : ExitCode.clean, exitNow: true }
}

function limitsOf({ time, faults }: ProveCommandOptions) {
  const ms = parseDuration(time)
  if (ms === undefined || ms <= 0)
    throw new UsageError(`Cannot use --time ${time}: it is not a duration. Write it as ${DURATION_FORM}.`)
  if (!/^\d$/.test(faults))
    throw new UsageError(`Cannot use --faults ${faults}: it is not a number from 0 to 9. Write --faults 1.`)
  return { time: ms, faults: Number(faults) }
}

function printReplay({ terminal }: CliContext, { json }: ProveCommandOptions, replayed: Replay): boolean {
  // Messages of errors of the application.
  const { problems, story, moves } = terminal.redact(replayed)
  if (json) terminal.print(JSON.stringify({ problems, story, moves }, null, 2))
  else {
    for (const line of story) terminal.printText(line, 2)
    if (problems.length === 0) terminal.print(`${terminal.colors.green('✓')} no problem`)
  }
  return problems.length > 0
}

function printProof(
  { terminal, cwd }: CliContext,
  { json, test }: ProveCommandOptions,
  found: FoundCreate,
  given: Proof,
): boolean {
  const proof = terminal.redact(given)
  const { explored, left, isComplete, problems, text } = proof
  const [first, ...others] = problems
  const file = first && test ? tryWriteTest(terminal, cwd, found, first) : undefined
  if (json) {
    terminal.print(
      JSON.stringify({ ok: !first, explored, left, isComplete, problems, test: file ?? null }, null, 2),
    )
    return first !== undefined
  }
  const { print, printText, colors: c } = terminal
  if (!first) {
    printText(`${c.green('✓')} ${text}`)
    noteEntry(terminal, found)
    return false
  }
  printText(c.bold(`${c.red('✗')} ${first.text}`), 2)
  print()
  for (const line of first.story)
    printText(line.startsWith('✗') ? c.red(line) : line.replace(/^!/, c.magenta('!')), 2)
  print()
  printText('! marks what is unusual. Everything else happens in its usual order.')
  if (first.advice) printText(first.advice)
  for (const other of others) printText(`also: ${other.text} (--replay ${other.seed})`)
  print(`replay: myfy prove ${found.entry.description.replace(/ \(.*\)$/, '')} --replay ${first.seed}`)
  if (file) print(`test:   ${file}`)
  printText(proof.scope)
  noteEntry(terminal, found)
  return true
}

/** Writes the test. The problem was found, also if the test cannot be written. */
function tryWriteTest(
  { note }: CliContext['terminal'],
  cwd: string,
  found: FoundCreate,
  problem: ProvedProblem,
): string | undefined {
  try {
    return writeTest(cwd, found, problem)
  } catch (error) {
    note(`no test is written: ${messageOf(error)}`)
    return undefined
  }
}

/** Tells what an entry without a function leaves out. */
function noteEntry({ printText }: CliContext['terminal'], { name, entry }: FoundCreate): void {
  if (name !== undefined) return
  const file = entry.description.replace(/ \(.*\)$/, '')
  printText(
    `${file} was loaded anew for each interleaving. No request arrived: a function prove(world) in test/prove.ts declares requests and waits.`,
  )
}
