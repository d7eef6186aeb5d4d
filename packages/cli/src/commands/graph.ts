// `myfy graph`: modules and providers as Mermaid, DOT, JSON, or one self-contained HTML page.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { clauseOf, ExitCode, openInBrowser, plural } from '@myfy/core/runtime'
import { inspect } from '../entry/inspect.ts'
import { CommandLineError, UsageError } from '../errors.ts'
import {
  type ApplicationModel,
  modelOf,
  namesInIssues,
  type ProviderRow,
} from '../graph/application-model.ts'
import { pageOf } from '../graph/page.ts'
import type { AppOptions, CliContext, CommandResult } from '../terminal/context.ts'

/** Options of `graph`. */
export interface GraphOptions extends AppOptions {
  readonly format?: Format
  readonly out?: string
  readonly open?: boolean
  readonly json?: boolean
}

type Format = 'mermaid' | 'dot' | 'json' | 'html'

const extensions: Readonly<Record<string, Format>> = {
  html: 'html',
  htm: 'html',
  mmd: 'mermaid',
  mermaid: 'mermaid',
  md: 'mermaid',
  dot: 'dot',
  gv: 'dot',
  json: 'json',
}

/** Draws the graph. An invalid graph is drawn as far as it is known, with exit code 78. */
export function graph(context: CliContext, options: GraphOptions): Promise<CommandResult> {
  const format = formatOf(options)
  return inspect(context, { ...options, allowInvalid: true, placeholders: () => true }, (inspected) => {
    const model = modelOf(inspected)
    const text = draw(model, format, inspected.entry.description)
    const { print, note, errorColors: c } = context.terminal
    const file =
      options.out === undefined && !options.open ? undefined : write(context.cwd, options.out, text)
    if (file === undefined) print(text.replace(/\n$/, ''))
    else
      note(
        `${c.green('✓')} ${file}: ${plural(model.modules.length, 'module')}, ${plural(model.providers.length, 'provider')}`,
      )
    if (options.open && file !== undefined) openInBrowser(resolve(context.cwd, file))
    for (const problem of model.issues) note(`${c.red('✗')} ${problem.message}`)
    return model.issues.length > 0 ? ExitCode.configuration : ExitCode.clean
  })
}

/** Writes the graph to a file, a temporary one by default, and returns its path. @throws CommandLineError */
function write(cwd: string, out: string | undefined, text: string): string {
  try {
    const file = out ?? join(mkdtempSync(join(tmpdir(), 'myfy-')), 'graph.html')
    writeFileSync(resolve(cwd, file), text)
    return file
  } catch (cause) {
    throw new CommandLineError(
      'MYFY_CLI_WRITE',
      `Cannot write ${out ?? 'a temporary file'}: ${clauseOf(cause)}. Name a file of a directory that can be written by --out.`,
      ExitCode.failed,
      { cause },
    )
  }
}

function formatOf({ format, out, open, json }: GraphOptions): Format {
  if (json && format !== 'json') {
    throw new UsageError(
      `Cannot use --json with --format ${format}: they are two formats. Leave out one of them.`,
    )
  }
  if (open && format !== undefined && format !== 'html') {
    const flag = json ? '--json' : `--format ${format}`
    throw new UsageError(
      `Cannot open the format ${format} in a browser: --open needs a page. Leave out ${flag}.`,
    )
  }
  if (open) return 'html'
  if (format !== undefined) return format
  if (out === undefined) return 'mermaid'
  const known = extensions[out.split('.').at(-1)!.toLowerCase()]
  if (known) return known
  throw new UsageError(
    `Cannot write ${out}: its extension does not name a format. Add --format mermaid, dot, json or html.`,
  )
}

/** Returns the graph in one of the formats. */
export function draw(model: ApplicationModel, format: Format, title: string): string {
  switch (format) {
    case 'mermaid':
      return mermaid(model)
    case 'dot':
      return dot(model)
    case 'json':
      return `${JSON.stringify(model, null, 2)}\n`
    case 'html':
      return pageOf(model, title)
  }
}

function mermaid({ modules, providers, edges, issues: problems }: ApplicationModel): string {
  const text = (value: string) => `"${value.replace(/["&<>#\n\r]/g, (c) => `#${c.charCodeAt(0)};`)}"`
  const faulty = namesInIssues(problems)
  const node = ({ id, name, scope, kind }: ProviderRow) => {
    const caption = text(scope === 'singleton' || kind === 'entry' ? name : `${name} (${scope})`)
    const shape = kind === 'entry' ? `([${caption}])` : kind === 'seed' ? `>${caption}]` : `[${caption}]`
    return `${id}${shape}${faulty.has(name) ? ':::fault' : ''}`
  }
  const ids = new Map(modules.map(({ name }, i) => [name, `m${i}`]))
  return [
    'flowchart LR',
    ...modules.flatMap(({ name }) => [
      `  subgraph ${ids.get(name)}[${text(name)}]`,
      // Mermaid does not draw a subgraph without nodes.
      ...(providers.some(({ module }) => module === name) ? [] : [`    ${ids.get(name)}_[" "]:::empty`]),
      ...providers.filter(({ module }) => module === name).map((provider) => `    ${node(provider)}`),
      '  end',
    ]),
    ...providers.filter(({ module }) => module === undefined).map((provider) => `  ${node(provider)}`),
    ...edges.map(({ from, to, kind }) => `  ${from} ${kind === 'lazy' ? '-.->' : '-->'} ${to}`),
    ...modules.flatMap(({ name, requires }) =>
      requires.flatMap((required) =>
        ids.has(required) ? [`  ${ids.get(name)} ==> ${ids.get(required)}`] : [],
      ),
    ),
    '  classDef fault stroke:#d1242f,stroke-width:3px',
    '  classDef empty fill:none,stroke:none',
    '',
  ].join('\n')
}

function dot({ modules, providers, edges, issues: problems }: ApplicationModel): string {
  const text = (value: string) => `"${value.replace(/["\\]/g, '\\$&').replace(/\r?\n/g, '\\n')}"`
  const faulty = namesInIssues(problems)
  const shapes: Readonly<Record<string, string>> = { entry: 'oval', seed: 'cds' }
  const node = ({ id, name, scope, kind }: ProviderRow) => {
    const label = text(scope === 'singleton' || kind === 'entry' ? name : `${name} (${scope})`)
    const attributes = faulty.has(name) ? ' color=red penwidth=3' : ''
    return `${id} [label=${label} shape=${shapes[kind] ?? 'box'}${attributes}]`
  }
  return [
    'digraph myfy {',
    '  rankdir=LR compound=true',
    '  node [fontname="sans-serif" fontsize=11]',
    ...modules.flatMap(({ name }, i) => [
      `  subgraph cluster_${i} {`,
      `    label=${text(name)}`,
      `    m${i} [shape=point style=invis]`,
      ...providers.filter(({ module }) => module === name).map((provider) => `    ${node(provider)}`),
      '  }',
    ]),
    ...providers.filter(({ module }) => module === undefined).map((provider) => `  ${node(provider)}`),
    ...edges.map(({ from, to, kind }) => `  ${from} -> ${to}${kind === 'lazy' ? ' [style=dashed]' : ''}`),
    ...modules.flatMap(({ requires }, i) =>
      requires.flatMap((required) => {
        const j = modules.findIndex(({ name }) => name === required)
        return j < 0 ? [] : [`  m${i} -> m${j} [ltail=cluster_${i} lhead=cluster_${j} style=bold]`]
      }),
    ),
    '}',
    '',
  ].join('\n')
}
