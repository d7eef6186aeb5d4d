// The run of a command that a module contributes, with the application started around it if the command needs that.

import { type Application, ExitCode, type ModuleCommand } from '@myfy/core'
import { describeError, signalExitCode } from '@myfy/core/runtime'
import { CommandLineError } from '../errors.ts'
import type { CliContext } from '../terminal/context.ts'
import { releaseEarlySignals } from '../terminal/early-signals.ts'
import { exitCodeOf } from '../terminal/report-error.ts'
import type { ParsedCommand } from './module-command-options.ts'

/**
 * Runs a command and returns its exit code: the number that the command returns, or else its `process.exitCode`, or 3
 * if that is lower and the application did not stop cleanly. An error of the command is thrown, also if the stop fails
 * after it.
 */
export async function runCommand(
  context: CliContext,
  app: Application,
  command: ModuleCommand,
  parsed: ParsedCommand,
): Promise<ExitCode> {
  let result: unknown
  try {
    result = await runInterruptibly(context, app, command, parsed)
  } catch (error) {
    await stop(context, app, command)
    throw error
  }
  const stopCode = await stop(context, app, command)
  if (typeof result === 'number' && result !== 0) return result
  // The number 0 is a result. Without a result, the code that the command has set counts.
  return result === 0 ? stopCode : Math.max(Number(process.exitCode ?? 0), stopCode)
}

async function runInterruptibly(
  { terminal }: CliContext,
  app: Application,
  command: ModuleCommand,
  parsed: ParsedCommand,
): Promise<unknown> {
  const abort = new AbortController()
  let received: NodeJS.Signals | undefined
  const interrupt = (signal: NodeJS.Signals) => {
    received = signal
    abort.abort(new DOMException('interrupted', 'AbortError'))
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  releaseEarlySignals()
  try {
    if (command.starts) await app.startModules({ only: command.only ?? [] })
    return await command.run({ app, ...parsed, signal: abort.signal, print: terminal.print })
  } catch (cause) {
    if (received === undefined) throw cause
    throw new CommandLineError(
      'MYFY_CLI_INTERRUPTED',
      `Cannot complete ${command.name}: it was interrupted by ${received}. Run it again.`,
      signalExitCode(received),
      { cause },
    )
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

/** Stops the application, and reports a failure without hiding the result of the command. */
async function stop({ terminal }: CliContext, app: Application, command: ModuleCommand): Promise<ExitCode> {
  if (!command.starts) return ExitCode.clean
  try {
    await app.stopModules()
    return ExitCode.clean
  } catch (error) {
    terminal.note(`${terminal.errorColors.red('✗')} ${describeError(error)}`)
    return exitCodeOf(error)
  }
}
