// The command line of create-myfy, and the commands that it prints.

import { parseArgs } from 'node:util'
import { CreateError } from './errors.ts'
import { type TemplateName, templateName, templates } from './templates.ts'

const rows = Object.entries(templates).map(([name, description]) => `  ${name.padEnd(14)} ${description}`)

/** The help text. */
export const help = `Usage: npm create myfy <directory>

Creates an application from a template.

Options:
  --template <name>  minimal, api (the default) or worker (asked on a terminal)
  --install          install the dependencies (asked on a terminal)
  --no-install       do not install the dependencies
  --json             print the result as JSON, and ask nothing
  -h, --help         print this help
  -v, --version      print the version

Templates:
${rows.join('\n')}

Examples:
  $ npm create myfy my-app && cd my-app && npm install && npm run dev
  $ npm create myfy my-worker -- --template worker
`

/** A parsed command line. */
export interface Arguments {
  readonly directory?: string
  readonly template?: TemplateName
  readonly install?: boolean
  /** Prints JSON for programs. Nothing is asked. */
  readonly json?: boolean
  readonly help?: boolean
  readonly version?: boolean
}

/** Parses the words behind `create-myfy`. @throws CreateError */
export function parseCommandLine(words: readonly string[]): Arguments {
  const { values, positionals } = parse(words)
  const [directory, ...others] = positionals
  if (others.length > 0) {
    throw new CreateError(
      'MYFY_CREATE_USAGE',
      `Cannot create a project in ${positionals.join(' and ')}: these are ${positionals.length} folders. Name one.`,
      2,
    )
  }
  return {
    ...values,
    directory,
    template: values.template === undefined ? undefined : templateName(values.template),
  }
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      allowNegative: true,
      options: {
        template: { type: 'string', short: 't' },
        install: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('. ')
    throw new CreateError(
      'MYFY_CREATE_USAGE',
      `Cannot read the command line: ${reason}. \`npm create myfy -- --help\` lists the options.`,
      2,
    )
  }
}

/** Quotes a word for the shell in which the user will paste it. */
export function shellQuote(word: string, platform: NodeJS.Platform = process.platform): string {
  if (/^[\w@%+=:,./-]+$/.test(word) && !word.startsWith('-')) return word
  // A folder that begins with a dash is an option for `cd`.
  const path = word.startsWith('-') ? `./${word}` : word
  if (platform === 'win32') return `"${path.replaceAll('"', '')}"`
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
