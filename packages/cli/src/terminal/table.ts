// Tables for people. Programs use `--json`.

import Table from 'cli-table3'
import type { Terminal } from './terminal.ts'

/** Prints rows under a heading. A last column that is too wide for the terminal is wrapped. */
export function printTable(
  terminal: Terminal,
  head: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
): void {
  const { colors: c, columns, print } = terminal
  if (rows.length === 0) return
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => (row[i] ?? '').length)) + 2)
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width, 0)
  const last = Math.max(20, Math.min(widths.at(-1)!, columns - before))
  const table = new Table({
    head: head.map((text) => c.dim(text)),
    colWidths: [...widths.slice(0, -1), last],
    wordWrap: true,
    style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [] },
    chars: Object.fromEntries(borders.map((name) => [name, ''])),
  })
  table.push(...rows.map((row) => [...row]))
  print(
    table
      .toString()
      .split('\n')
      .map((text) => text.trimEnd())
      .join('\n'),
  )
}

const borders = [
  ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
  ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
]
