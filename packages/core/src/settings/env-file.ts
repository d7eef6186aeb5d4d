// Env files: dotenv reads the assignments, and everything that it would skip or cut is reported.

// dotenv is what the files are written for: no dependencies, and the parser of Node 20 loses variables after an
// indented comment, a line of blanks or a byte order mark.
import { parse } from 'dotenv'

/** The content of an env file. */
export interface EnvFile {
  readonly values: Readonly<Record<string, string>>
  /** Unreadable parts, with the line: a quotation mark that is not closed takes in what follows. */
  readonly problems: readonly string[]
  /** Skipped lines: `line 3 is not an assignment`. */
  readonly warnings: readonly string[]
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([\w.-]+)(?:[ \t]*=|:(?=[ \t]))(.*)$/
const QUOTES = ['"', "'", '`']

/**
 * Reads the text of an env file as dotenv does, with one difference: in an unquoted value, `#` begins a comment only
 * after a blank, as in shells, Docker Compose and python-dotenv. dotenv cuts `PASSWORD=pa#ss` to `pa`.
 */
export function parseEnvFile(text: string): EnvFile {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n')
  const problems: string[] = []
  const warnings: string[] = []
  const kept: string[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? ''
    if (/^\s*(#|$)/.test(line)) continue
    const [, name, value] = ASSIGNMENT.exec(line) ?? []
    if (name === undefined || value === undefined) {
      warnings.push(`line ${i + 1} is not an assignment. Write NAME=value, or begin the line with #`)
      continue
    }
    if (!QUOTES.includes(value.trim()[0] ?? '')) {
      kept.push(unquoted(name, value))
      continue
    }
    const end = lastLineOf(lines, i, value.trim())
    if (end === undefined) {
      problems.push(
        `the quotation mark in line ${i + 1} is not closed. Close it, or remove it from the value of ${name}`,
      )
      continue
    }
    kept.push([`${name}=${value}`, ...lines.slice(i + 1, end + 1)].join('\n'))
    i = end
  }
  return { values: parse(kept.join('\n')), problems, warnings }
}

/** Returns the assignment of an unquoted value, quoted if dotenv would take a part of it for a comment. */
function unquoted(name: string, value: string): string {
  const comment = value.search(/\s#|^#(?=\s|$)/)
  const content = (comment < 0 ? value : value.slice(0, comment)).trim()
  const quote = content.includes('#') ? ["'", '`', '"'].find((mark) => !content.includes(mark)) : ''
  return `${name}=${quote ?? ''}${content}${quote ?? ''}`
}

/** Returns the line in which a quoted value ends, or undefined if it does not end. */
function lastLineOf(lines: readonly string[], first: number, value: string): number | undefined {
  const quote = value[0] ?? ''
  const closing = new RegExp(`(?<!\\\\)${quote}`)
  if (closing.test(value.slice(1))) return first
  const later = lines.findIndex((line, i) => i > first && closing.test(line))
  return later < 0 ? undefined : later
}
