// Tables for people. Programs use `--json`.

import { fitText } from '@myfy/core/runtime'
import Table from 'cli-table3'
import type { Terminal } from './terminal.ts'

/** The least width of a last column that is wrapped. */
const LEAST_WIDTH = 20

/** Prints rows under a heading. A last column that is too wide for the terminal is wrapped, or whole rows are. */
export function printTable(
  terminal: Terminal,
  head: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
): void {
  const { colors: c, columns, print } = terminal
  if (rows.length === 0) return
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => (row[i] ?? '').length)) + 2)
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width, 0)
  const last = Math.min(widths.at(-1)!, columns - before)
  // The library cuts a word that is wider than its column.
  const words = rows.flatMap((row) => row.at(-1)!.split(' '))
  if (last < Math.min(widths.at(-1)!, LEAST_WIDTH) || words.some(({ length }) => length + 2 > last)) {
    const lineOf = (cells: readonly string[]) =>
      fitText(
        cells
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('')
          .trimEnd(),
        columns,
        4,
      )
    return print([c.dim(lineOf(head)), ...rows.map(lineOf)].join('\n'))
  }
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
