// The command `myfy prove --crash`, which the command line finds under the name `db prove`.

import { statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import type { CommandContext, ModuleCommand } from '@myfy/core'
import { clauseOf, fitLine } from '@myfy/core/runtime'
import type { Fault } from './crash/boundaries.ts'
import { certificate, isProved, summary } from './crash/certificate.ts'
import { crashChecksOf } from './crash/crash-check.ts'
import { type CrashScenario, oneRequest } from './crash/scenario.ts'
import { DatabaseError } from './errors.ts'
import { isRefused, loadFile } from './migrations/load-file.ts'

const FAULT_NAMES: readonly Fault[] = ['SIGKILL', 'SIGSTOP', 'lost connection']

/** Returns the command. `url` is read when it runs: it may come from the settings. */
export function proveCommand(owner: {
  readonly options: { readonly url?: string | undefined }
}): ModuleCommand {
  return {
    name: 'db prove',
    description: 'Kill, stop and cut off the application at every boundary of a scenario: myfy prove --crash',
    options: {
      scenario: { type: 'string', description: 'The file of the scenario, which exports it as default' },
      request: { type: 'string', description: "A request instead: 'POST /users'" },
      body: { type: 'string', description: 'The body of the request, as JSON' },
      key: { type: 'string', description: 'The Idempotency-Key of the request' },
      database: { type: 'string', description: 'The PostgreSQL server; default: that of the application' },
      variable: {
        type: 'string',
        description: 'The variable of its URL in the application',
        default: 'DATABASE_URL',
      },
      entry: {
        type: 'string',
        description: 'The entry of the application; default: as `myfy start` finds it',
      },
      fault: { type: 'string', description: 'One fault instead of all', choices: FAULT_NAMES },
      point: { type: 'string', description: 'Only points whose name contains this text' },
      lanes: {
        type: 'string',
        description: 'Databases that are used side by side',
        default: '4',
        integer: [1, 64],
      },
      out: { type: 'string', description: 'The certificate', default: 'crash-certificate.md' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: (context) => prove(context, owner.options.url),
  }
}

async function prove({ app, options, print }: CommandContext, own: string | undefined): Promise<number> {
  const text = (name: string) => options[name] as string | undefined
  const url = text('database') ?? own ?? process.env.TEST_DATABASE_URL
  if (url === undefined)
    throw new DatabaseError(
      'MYFY_PROVE_DATABASE',
      'Cannot prove the application: it has an embedded database. Name a PostgreSQL server with --database.',
    )
  // Loaded here: other commands do not need it.
  const { proveCrash } = await import('./crash/prove-crash.ts')
  const scenario = await scenarioOf(text)
  const entry = text('entry')
  const [point, fault] = [text('point'), text('fault')]
  const variable = text('variable') ?? 'DATABASE_URL'
  const proof = await proveCrash({
    url,
    scenario,
    checks: crashChecksOf(app.modules),
    lanes: Number(text('lanes')),
    ...(fault !== undefined && { faults: [fault as Fault] }),
    ...(point !== undefined && { only: (label: string) => label.includes(point) }),
    launch: ({ databaseUrl, port }) => ({
      command: process.execPath,
      args: [
        ...process.execArgv,
        commandLine(),
        'start',
        ...(entry === undefined ? [] : [entry]),
        '--port',
        String(port),
        '--host',
        '127.0.0.1',
      ],
      env: { [variable]: databaseUrl, LOG_LEVEL: 'warn' },
    }),
    progress: (done, all) => {
      if (done % 20 === 0 || done === all) app.logger.info({ done, all }, `${done} of ${all} faults tried`)
    },
  })
  const file = resolve(text('out') ?? 'crash-certificate.md')
  const writing = attempt(() => writeFileSync(file, certificate(proof)))
  if (options.json) print(JSON.stringify(proof, null, 2))
  else print(fitLine(`${summary(proof)}\n${relative(process.cwd(), file)}`))
  if (writing !== undefined)
    throw new DatabaseError(
      'MYFY_PROVE_OUT',
      `Cannot write the certificate ${file}: ${clauseOf(writing)}. Name a file that can be written with --out.`,
      { cause: writing },
    )
  return isProved(proof) ? 0 : 1
}

/** Returns the error of a call: the result of a proof, which took minutes, is printed before it is reported. */
function attempt(call: () => void): unknown {
  try {
    call()
    return undefined
  } catch (error) {
    return error
  }
}

/** The command line in the project: the one that runs has replaced its arguments by those of the application. */
function commandLine(): string {
  const { resolve: find } = createRequire(join(process.cwd(), 'package.json'))
  return join(dirname(find('@myfy/cli/package.json')), 'bin/myfy.js')
}

async function scenarioOf(text: (name: string) => string | undefined): Promise<CrashScenario> {
  const file = text('scenario')
  // What belongs to the other way of naming a scenario would have no effect.
  const without = file === undefined ? ['body', 'key'] : ['request', 'body', 'key']
  const unused = text('request') !== undefined && file === undefined ? undefined : without.find(text)
  if (unused !== undefined)
    throw new DatabaseError(
      'MYFY_PROVE_SCENARIO',
      file === undefined
        ? `Cannot use --${unused}: it has an effect only with --request. Add --request 'POST /users', or leave out --${unused}.`
        : `Cannot use --${unused} with --scenario: it would have no effect. Leave out one of them.`,
    )
  if (file !== undefined) {
    const { default: scenario } = await load(file)
    if (typeof scenario?.run === 'function') return scenario
    throw new DatabaseError(
      'MYFY_PROVE_SCENARIO',
      `Cannot prove ${file}: it exports no scenario as default. Write \`export default defineCrashScenario({ … })\`.`,
    )
  }
  const [, method = '', path = ''] = /^([A-Z]+) (\/\S*)$/.exec(text('request') ?? '') ?? []
  if (!method)
    throw new DatabaseError(
      'MYFY_PROVE_SCENARIO',
      "Cannot prove the application: there is no scenario. Name a file with --scenario, or a request with --request 'POST /users'.",
    )
  const [body, key] = [text('body'), text('key')]
  return oneRequest({
    method,
    path,
    ...(body !== undefined && { body: bodyOf(body) }),
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  })
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DatabaseError(
      'MYFY_PROVE_SCENARIO',
      `Cannot use --body ${text}: it is not JSON. Write it as --body '{"name":"Ada"}'.`,
      { cause },
    )
  }
}

async function load(file: string): Promise<{ default?: CrashScenario }> {
  try {
    return (await loadFile(resolve(file))) as { default?: CrashScenario }
  } catch (cause) {
    const [reason, fix] = isRefused(cause)
      ? [
          'this version of Node.js does not load TypeScript',
          'Load the application from its source: `myfy prove src/main.ts --crash`',
        ]
      : isFile(file)
        ? [`its import failed: ${clauseOf(cause)}`, 'Correct the file']
        : ['there is no such file', 'Correct the path after --scenario']
    throw new DatabaseError('MYFY_PROVE_SCENARIO', `Cannot prove ${file}: ${reason}. ${fix}.`, { cause })
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true
